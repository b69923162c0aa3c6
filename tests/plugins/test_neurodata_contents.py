"""What `sysid inspect` finds in NWB files."""

from datetime import UTC, datetime

import numpy as np
import pynwb
import pytest
from pynwb import TimeSeries
from pynwb.image import ImageSeries

from sysid_datasets.neurodata.contents import read_contents
from sysid_datasets.neurodata.contents_page import lay_out
from sysid_datasets.neurodata.opening import open_nwb
from sysid_datasets.neurodata.summary.column import summarize
from sysid_datasets.neurodata.summary.sampling import sample_nan_share
from tests.inspected_nwb import (
    add_index_series,
    add_noise,
    begin,
    make_probe,
    make_retina,
    make_two_photon,
    save,
)


def read(file, tmp_path):
    with open_nwb(save(file, tmp_path / "a.nwb")) as opened:
        return read_contents(opened)


@pytest.fixture
def retina(tmp_path):
    return read(make_retina(), tmp_path)


@pytest.fixture
def probe(tmp_path):
    return read(make_probe(), tmp_path)


@pytest.fixture
def two_photon(tmp_path):
    return read(make_two_photon(), tmp_path)


def section(contents, title):
    return dict(lay_out(contents))[title]


def test_the_session_and_its_subject_are_told(retina):
    lines = section(retina, "Session")
    assert lines[0] == "Retinal ganglion cells (NWB a-test)"
    assert lines[1].startswith("session session-7, recorded 2020-05-17 12:30, ")
    assert lines[2] == "subject: Mus musculus, F, P90D"


def test_a_session_whose_start_is_not_known_has_no_date(tmp_path):
    file = pynwb.NWBFile(
        session_description="cells", identifier="x", session_start_time=datetime(1970, 1, 1, tzinfo=UTC)
    )
    lines = section(read(file, tmp_path), "Session")
    assert lines[1].startswith("when it was recorded is not known, ")


def test_an_external_file_named_by_another_computer_is_found_beside_the_file(tmp_path):
    file = begin("a rig")
    file.add_stimulus(
        ImageSeries(
            name="scenes",
            unit="n.a.",
            external_file=["D:\\rig\\scenes.avi"],
            format="external",
            starting_frame=[0],
            starting_time=0.0,
            rate=30.0,
            num_samples=3,
        )
    )
    (tmp_path / "scenes.avi").write_bytes(b"")
    (series,) = read(file, tmp_path).stimuli
    assert series.absent == ()


def test_spikes_without_any_time_have_no_span(tmp_path):
    file = begin("no times")
    file.add_unit(spike_times=[np.nan, np.nan])
    (units,) = read(file, tmp_path).units
    assert units.span_s is None


def test_units_are_told_with_their_spikes_quality_and_observation(retina):
    (units,) = retina.units
    assert (units.place, units.count, units.spikes, units.observed) == ("units", 4, 4 * 236, True)
    assert 0.5 <= units.span_s[0] < 1
    assert 29 < units.span_s[1] < 30
    lines = section(retina, "Units: units")
    assert lines[0].startswith("4 units with 944 spikes, 0.5")
    assert "with obs_intervals" in lines[1]
    assert lines[2] == "columns to filter by: quality: good (3), noise (1)"


def test_areas_and_metrics_of_units_are_told(probe):
    (units,) = probe.units
    assert units.areas == (("VISp", 3), ("LP", 2))
    lines = section(probe, "Units: units")
    assert lines[1] == "areas: VISp (3), LP (2)"
    assert "isi_violations 0 … 0.4" in lines[2]
    assert "amplitude_cutoff 0.01 (NaN 20 %)" in lines[2]


def test_a_unit_table_without_spike_times_is_told_so(tmp_path):
    file = begin("no spikes")
    file.add_unit_column("snr", "ratio")
    for snr in (1.5, 2.5):
        file.add_unit(snr=snr)
    contents = read(file, tmp_path)
    assert contents.units[0].spikes is None
    assert section(contents, "Units: units") == (
        "2 units without spike times",
        "columns to filter by: snr 1.5 … 2.5",
    )


def test_stimulus_series_are_told_with_shape_clock_and_pixels(retina):
    heading, noise, movie = section(retina, "Stimulus series")
    assert heading == ("series", "stored as", "rate", "time", "gaps", "pixels")
    assert noise == (
        "noise",
        "240×6×5 uint8",
        "20 Hz",
        "1 … 13.05 s",
        "1 ≤ 100 ms",
        "in the file",
    )
    assert movie[:2] == ("movie (template)", "30×6×5 uint8")


def test_an_external_movie_that_is_not_there_is_told(two_photon):
    rows = {row[0]: row for row in section(two_photon, "Stimulus series")}
    assert rows["scenes"][-1] == "external, absent: videos/scenes.avi"
    assert rows["scenes"][2:4] == ("20 Hz", "15 … 17 s")


def test_an_index_series_names_what_it_shows(tmp_path):
    file = make_retina()
    add_index_series(file)
    rows = {row[0]: row for row in section(read(file, tmp_path), "Stimulus series")}
    assert rows["movie_shown"][-1] == "numbers of frames of movie_images"


def test_missing_pixels_are_counted_in_a_few_frames(tmp_path):
    file = begin("NaN")
    add_noise(file, 4)
    frames = np.zeros((4, 6, 5), dtype=np.float32)
    frames[:, :3] = np.nan
    file.stimulus["noise"].fields["data"] = frames
    rows = section(read(file, tmp_path), "Stimulus series")
    assert rows[1][-1] == "in the file, NaN 50 %"


def test_interval_tables_are_told_with_columns_and_repeats(retina):
    (line,) = section(retina, "Interval tables")
    assert line == "movie_presentations: 105 rows, 20 … 25.25 s, each frame about 3 times; frame 0 … 29"


def test_columns_that_say_the_same_of_every_row_are_only_named(tmp_path):
    file = begin("trials")
    for name in ("contrast", "choice"):
        file.add_trial_column(name, name)
    for trial in range(3):
        file.add_trial(start_time=float(trial), stop_time=trial + 0.5, contrast=0.8, choice="left")
    (line,) = section(read(file, tmp_path), "Interval tables")
    assert line == "trials: 3 rows, 0 … 2.5 s; choice: left (3); constant: contrast"


def test_invalid_times_are_told(probe, retina):
    assert section(probe, "Invalid times") == ("1 interval, 500 ms in all: 22 … 22.5 s",)
    assert "Invalid times" not in dict(lay_out(retina))


def test_fluorescence_is_told_plane_by_plane(two_photon):
    rows = section(two_photon, "Fluorescence of regions of interest")
    assert rows[1] == (
        "ophys/DfOverF/plane_0",
        "3",
        "percent × 0.01",
        "10 Hz",
        "0.5 … 15.5 s",
        "10 %",
    )
    assert [row[0] for row in rows[1:]] == [
        f"ophys/{container}/plane_{plane}" for container in ("DfOverF", "Neuropil") for plane in (0, 1)
    ]


def test_behaviour_is_told_with_what_is_missing(probe):
    assert section(probe, "Series that could be behaviour")[1] == (
        "behavior/running_speed",
        "1",
        "cm/s",
        "33.33 Hz",
        "18 … 30 s",
        "10 %",
    )


def test_a_broken_clock_is_told_and_the_rest_still_read(tmp_path):
    file = make_probe()
    file.processing["behavior"].add(
        TimeSeries(name="pupil", data=np.ones(3), unit="px", timestamps=[1.0, 3.0, 2.0])
    )
    contents = read(file, tmp_path)
    pupil, speed = contents.behaviour
    assert "decreasing" in pupil.timing.problem
    assert speed.timing.problem == ""


def test_a_file_of_hundreds_of_series_is_cut_short(tmp_path):
    file = begin("many")
    module = file.create_processing_module("behavior", "behaviour")
    for number in range(30):
        module.add(TimeSeries(name=f"point{number:02d}", data=np.ones(3), unit="px", rate=1.0))
    rows = section(read(file, tmp_path), "Series that could be behaviour")
    assert rows[-1] == ("… and 6 more", "", "", "", "")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1, 2, 2], "a 1 … 2"),
        ([1.5, np.nan], "a 1.5 (NaN 50 %)"),
        ([True, False, True], "a: True (2), False (1)"),
        (np.array([b"x", b"y", b"x"], dtype=object), "a: x (2), y (1)"),
        (list("abcdefg"), "a: a (1), b (1), c (1), d (1), e (1), … 7 values"),
        ([850126378, 850126400], "a 850126378 … 850126400"),
        (["x", ""], 'a: "" (1), x (1)'),
        (["a very long name of something that was shown"], "a: a very long name of som… (1)"),
        ([np.nan, np.nan], "a: NaN"),
        (np.empty(0), "a: empty"),
    ],
)
def test_columns_are_told_in_a_few_words(values, words):
    assert summarize("a", values).describe() == words


def test_what_one_cannot_filter_by_is_no_column():
    assert summarize("a", np.zeros(3, dtype=[("x", float)])) is None
    assert summarize("a", np.array([object()])) is None


@pytest.mark.parametrize("shape", [(100,), (300_000, 2), (20, 3, 4)])
def test_the_share_of_nan_is_that_of_evenly_spaced_rows(shape):
    values = np.ones(shape)
    values[: shape[0] // 2] = np.nan
    assert sample_nan_share(values) == pytest.approx(0.5, abs=0.04)
    assert sample_nan_share(np.ones(shape, dtype=int)) == 0
