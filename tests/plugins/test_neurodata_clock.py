"""The clock of a series, and bins on it."""

import numpy as np
import pynwb
import pytest
from pynwb.image import ImageSeries

from sysid import SysidError
from sysid_datasets.neurodata.clock import Clock, edges_of, series_clock, subdivide
from sysid_datasets.neurodata.opening import open_nwb
from tests.neurodata_file import add_series, begin, edit, replace, write


def read_clock(path, name="speed", samples=None):
    with open_nwb(path) as opened:
        return series_clock(opened.file.processing["behavior"][name], samples)


def complain(path, **keys):
    with pytest.raises(SysidError) as caught:
        read_clock(path, **keys)
    return str(caught.value).removeprefix(f"{path}: processing/behavior/speed: ")


@pytest.fixture
def stamped(tmp_path):
    """Six samples with a dropped one after the third."""
    file = begin()
    add_series(file, "speed", np.arange(6.0), timestamps=2 + 0.5 * np.array([0, 1, 2, 4, 5, 6]))
    return write(file, tmp_path / "a.nwb")


@pytest.fixture
def regular(tmp_path):
    file = begin()
    add_series(file, "speed", np.zeros((5, 2)), rate=4.0, starting_time=3.0)
    return write(file, tmp_path / "a.nwb")


def test_timestamps_are_taken_as_they_are(stamped):
    clock = read_clock(stamped)
    assert clock.onset_s.tolist() == [2, 2.5, 3, 4, 4.5, 5]
    assert clock.interval_s == 0.5
    assert clock.span_s == (2, 5.5)


def test_start_and_rate_make_times(regular):
    clock = read_clock(regular)
    assert clock.onset_s.tolist() == [3, 3.25, 3.5, 3.75, 4]
    assert clock.interval_s == 0.25


def test_timestamps_of_another_series_are_followed(tmp_path):
    file = begin()
    first = add_series(file, "aaa", np.arange(3.0), timestamps=[1.0, 2.0, 4.0])
    add_series(file, "speed", np.arange(3.0), timestamps=first)
    add_series(file, "again", np.arange(3.0), timestamps=file.processing["behavior"]["speed"])
    path = write(file, tmp_path / "a.nwb")
    assert read_clock(path).onset_s.tolist() == read_clock(path, "again").onset_s.tolist() == [1, 2, 4]


@pytest.mark.parametrize("dtype", ["float32", "int16", "uint64"])
def test_timestamps_of_other_types_are_numbers_all_the_same(stamped, dtype):
    replace(stamped, "processing/behavior/speed/timestamps", np.array([1, 2, 3, 5, 8, 13], dtype=dtype))
    clock = read_clock(stamped)
    assert clock.onset_s.dtype == np.float64
    assert clock.onset_s.tolist() == [1, 2, 3, 5, 8, 13]


@pytest.mark.parametrize(
    ("times_s", "line"),
    [
        ([1, 2, 3, 3, 4, 5], "expected increasing times, got duplicated ones: 3 s at index 3 after 3 s"),
        ([1, 2, 3, 2.5, 4, 5], "expected increasing times, got decreasing ones: 2.5 s at index 3 after 3 s"),
        (
            [1, 2, np.nan, np.nan, 4, 5],
            "expected finite times, got nan at index 2, after 2 s (and 1 more)",
        ),
        ([np.inf, 2, 3, 4, 5, 6], "expected finite times, got inf at index 0"),
        ([1.0, 2.0, 3.0], "expected 6, one per sample, got 3"),
        ([], "expected one per sample, got none"),
        (["a", "b"], "expected seconds as numbers, got text"),
    ],
)
def test_broken_timestamps_are_told_with_index_and_time(stamped, times_s, line):
    replace(stamped, "processing/behavior/speed/timestamps", times_s)
    assert complain(stamped) == f"timestamps: {line}"


@pytest.mark.parametrize("rate", [0.0, -1.0, np.nan])
def test_a_rate_that_is_none_is_refused(regular, rate):
    with edit(regular) as file:
        file["processing/behavior/speed/starting_time"].attrs["rate"] = rate
    assert complain(regular) == f"expected timestamps, or a rate above 0 Hz, got rate {rate}"


def test_a_start_that_is_nan_is_refused(regular):
    replace(regular, "processing/behavior/speed/starting_time", np.nan)
    assert complain(regular) == "starting_time: expected a finite time, got nan"


def test_a_series_without_samples_is_refused(tmp_path):
    file = begin()
    add_series(file, "speed", np.empty((0, 2)), rate=4.0)
    assert complain(write(file, tmp_path / "a.nwb")) == "expected samples, got none"


def test_samples_outside_the_file_are_counted_by_the_caller(tmp_path):
    file = begin()
    keys = {"external_file": ["a.avi"], "format": "external", "unit": "n.a.", "starting_frame": [0]}
    file.add_stimulus(ImageSeries(name="regular", rate=10.0, num_samples=20, **keys))
    file.add_stimulus(ImageSeries(name="stamped", timestamps=[0.0, 1.0, 2.0], **keys))
    path = write(file, tmp_path / "a.nwb")
    with open_nwb(path) as opened:
        regular, stamped = (opened.file.stimulus[name] for name in ("regular", "stamped"))
        assert series_clock(stamped).onset_s.tolist() == [0, 1, 2]
        assert series_clock(regular, 4).onset_s == pytest.approx([0, 0.1, 0.2, 0.3])
        with pytest.raises(
            SysidError, match="expected timestamps, as its samples are not in the file, got a"
        ):
            series_clock(regular)
        with pytest.raises(SysidError, match="timestamps: expected 4, one per sample, got 3"):
            series_clock(stamped, 4)


def make_clock(onset_s):
    onset_s = np.array(onset_s, dtype=np.float64)
    interval_s = float(np.median(np.diff(onset_s))) if len(onset_s) > 1 else float("nan")
    return Clock(onset_s, interval_s, "a.nwb: movie")


def test_a_bin_lasts_to_the_next_onset_and_the_last_the_median_interval():
    assert edges_of(make_clock([1, 2, 4, 5])).tolist() == [1, 2, 4, 5, 6]


def test_bins_of_some_frames_stop_at_the_next_frame_or_after_the_median_interval():
    clock = make_clock([0, 1, 2, 2.5, 3.5, 9, 10])
    assert edges_of(clock, slice(0, 3)).tolist() == [0, 1, 2, 2.5]
    assert edges_of(clock, slice(3, 5)).tolist() == [2.5, 3.5, 4.5]
    assert edges_of(clock, slice(5, None)).tolist() == [9, 10, 11]


def test_one_frame_with_a_time_alone_has_no_known_end():
    with pytest.raises(SysidError, match=r"a\.nwb: movie: timestamps: expected two or more, to know how"):
        edges_of(make_clock([3]))


def test_bins_that_divide_frames_show_the_frame():
    edges_s, frame = subdivide(np.array([1, 2, 4, 5.0]), 0.5)
    assert edges_s.tolist() == [1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]
    assert frame.tolist() == [0, 0, 1, 1, 1, 1, 2, 2]


def test_bins_across_frames_show_the_frame_that_is_longest_on_the_screen():
    edges_s, frame = subdivide(np.array([0, 1, 2, 3, 4.0]), 1.3)
    assert edges_s == pytest.approx([0, 1.3, 2.6, 3.9])
    # [0, 1.3): frame 0; [1.3, 2.6): 0.7 of frame 1, 0.6 of frame 2; [2.6, 3.9): 0.4 of 2, 0.9 of 3
    assert frame.tolist() == [0, 1, 3]


def test_of_frames_that_share_a_bin_alike_the_first_counts():
    _, frame = subdivide(0.1 * np.arange(31), 0.2)
    assert frame.tolist() == list(range(0, 30, 2))


def test_the_frame_of_every_bin_is_that_of_a_fine_grid():
    generator = np.random.default_rng(3)
    onsets_s = 5 + np.cumsum(generator.uniform(0.01, 0.09, 200))
    edges_s, frame = subdivide(onsets_s, 0.033)
    fine_s = np.arange(onsets_s[0], onsets_s[-1], 1e-5) + 5e-6
    shown = np.searchsorted(onsets_s, fine_s, side="right") - 1
    for number in range(len(frame)):
        inside = shown[(fine_s >= edges_s[number]) & (fine_s < edges_s[number + 1])]
        assert np.bincount(inside)[frame[number]] >= np.bincount(inside).max() - 2


def test_a_rounding_error_costs_no_bin():
    edges_s, frame = subdivide(7 + np.arange(301) / 30, 1 / 60)
    assert len(frame) == 600
    assert np.diff(edges_s) == pytest.approx(1 / 60)
    assert frame.tolist() == np.repeat(np.arange(300), 2).tolist()


def test_a_showing_shorter_than_a_bin_is_one_bin():
    edges_s, frame = subdivide(np.array([2, 2.1, 2.4]), 1.0)
    assert edges_s.tolist() == [2, 2.4]
    assert frame.tolist() == [1]


def test_a_series_in_memory_has_a_clock_too():
    series = pynwb.TimeSeries(name="flash", data=np.ones(3), unit="a", timestamps=[1.0, 1.0, 2.0])
    with pytest.raises(SysidError, match=r"^flash: timestamps: expected increasing times, got duplicated"):
        series_clock(series)
