"""Behaviour, found and resampled in bins."""

import numpy as np
import pytest
from pynwb import TimeSeries
from pynwb.behavior import BehavioralEvents, BehavioralTimeSeries, Position, PupilTracking, SpatialSeries
from pynwb.ecephys import ElectricalSeries
from pynwb.misc import IntervalSeries

from sysid import SysidError
from sysid_datasets.neurodata.behaviour import read_behaviour
from sysid_datasets.neurodata.opening import open_nwb
from tests.neurodata_file import add_series, begin, edit, get_module, replace, write

TIMES_S = 1 + 0.1 * np.arange(50)
VALUES = np.random.default_rng(0).normal(size=50)


def read(path, *names):
    with open_nwb(path) as opened:
        return read_behaviour(opened, names)


def complain(path, *names):
    with pytest.raises(SysidError) as caught:
        read(path, *names)
    return str(caught.value).removeprefix(f"{path}: ")


def save(tmp_path, values=VALUES, times_s=TIMES_S, **keys):
    file = begin()
    add_series(file, "speed", values, timestamps=times_s, **keys)
    return write(file, tmp_path / "a.nwb")


@pytest.fixture
def lab(tmp_path):
    """Series in containers of their own, in modules and in the acquisition."""
    file = begin()
    module = get_module(file, "behavior")
    module.add(
        BehavioralTimeSeries(
            time_series=TimeSeries(name="running_speed", data=VALUES, unit="cm/s", timestamps=TIMES_S)
        )
    )
    where = {"reference_frame": "the corner", "timestamps": TIMES_S}
    eye = SpatialSeries(name="eye_position", data=np.stack([VALUES, 2 * VALUES], axis=1), **where)
    module.add(Position(spatial_series=eye))
    pupil = TimeSeries(name="pupil_size", data=VALUES + 9, unit="px", timestamps=TIMES_S)
    module.add(PupilTracking(time_series=pupil))
    taps = TimeSeries(name="taps", data=np.ones(3), unit="n", timestamps=[1.0, 2.0, 4.0])
    with pytest.warns(UserWarning, match="BehavioralEvents is deprecated"):
        module.add(BehavioralEvents(time_series=taps))
    licks = IntervalSeries(name="licking", data=np.array([1, -1], dtype=np.int8), timestamps=[1.0, 2.0])
    module.add(licks)
    file.add_acquisition(TimeSeries(name="wheel", data=VALUES, unit="cm", rate=10.0, starting_time=1.0))
    file.add_stimulus(TimeSeries(name="flash", data=VALUES, unit="cd", rate=10.0))
    return write(file, tmp_path / "a.nwb")


def test_series_are_found_wherever_they_are(lab):
    behaviour = read(lab, "running_speed", "PupilTracking/pupil_size", "wheel", "eye_position")
    assert behaviour.names == ("running_speed", "pupil_size", "wheel", "eye_position[0]", "eye_position[1]")
    found = behaviour.in_bins(np.append(TIMES_S, 6))
    assert found.dtype == np.float32
    expected = np.stack([VALUES, VALUES + 9, VALUES, VALUES, 2 * VALUES], axis=1)
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "channels"),
    [("PupilTracking", ("pupil_size",)), ("behavior/Position", ("eye_position[0]", "eye_position[1]"))],
)
def test_the_name_of_a_container_means_what_is_in_it(lab, name, channels):
    assert read(lab, name).names == channels


def test_samples_are_averaged_in_each_bin(tmp_path):
    found = read(save(tmp_path), "speed").in_bins(1 + 0.5 * np.arange(11))[:, 0]
    assert found == pytest.approx(VALUES.reshape(10, 5).mean(axis=1), abs=1e-6)


def test_values_are_scaled(tmp_path):
    path = save(tmp_path, conversion=3.0, offset=-1.0)
    assert read(path, "speed").in_bins(np.append(TIMES_S, 6))[:, 0] == pytest.approx(3 * VALUES - 1, abs=1e-5)


def test_samples_that_are_nan_are_left_out_of_the_mean(tmp_path):
    values = VALUES.copy()
    values[1::2] = np.nan
    found = read(save(tmp_path, values), "speed").in_bins(1 + 0.2 * np.arange(26))[:, 0]
    assert found == pytest.approx(VALUES[::2], abs=1e-6)


def test_bins_between_samples_have_what_lies_on_the_line_between_them(tmp_path):
    edges_s = np.arange(1.025, 5.8, 0.03)
    found = read(save(tmp_path), "speed").in_bins(edges_s)[:, 0]
    middle_s = (edges_s[:-1] + edges_s[1:]) / 2
    empty = np.histogram(TIMES_S, edges_s)[0] == 0
    assert empty.sum() > 80
    assert found[empty] == pytest.approx(np.interp(middle_s, TIMES_S, VALUES)[empty], abs=1e-5)


def test_one_missing_sample_is_bridged_and_two_are_not(tmp_path):
    values = VALUES.copy()
    values[10] = np.nan  # at 2 s
    values[[20, 21]] = np.nan  # at 3 and 3.1 s
    found = read(save(tmp_path, values), "speed").in_bins(np.append(TIMES_S, 6))[:, 0]
    # a bin's value is that of its middle, half way between two samples
    assert found[10] == pytest.approx(VALUES[9] + 0.75 * (VALUES[11] - VALUES[9]), abs=1e-6)
    assert np.flatnonzero(np.isnan(found)).tolist() == [20, 21]


def test_a_pause_in_the_clock_is_not_bridged(tmp_path):
    times_s = np.concatenate([TIMES_S[:25], TIMES_S[25:] + 3])
    found = read(save(tmp_path, times_s=times_s), "speed").in_bins(1 + 0.1 * np.arange(80))[:, 0]
    assert np.flatnonzero(np.isnan(found)).tolist() == list(range(25, 55))


def test_columns_are_bridged_each_by_itself(tmp_path):
    values = np.stack([VALUES, VALUES], axis=1)
    values[5:9, 1] = np.nan
    found = read(save(tmp_path, values), "speed").in_bins(np.append(TIMES_S, 6))
    assert not np.isnan(found[:, 0]).any()
    assert np.flatnonzero(np.isnan(found[:, 1])).tolist() == [5, 6, 7, 8]


def test_nothing_is_known_outside_the_series(tmp_path):
    found = read(save(tmp_path), "speed").in_bins(np.arange(-2, 12.0))[:, 0]
    assert np.flatnonzero(~np.isnan(found)).tolist() == [3, 4, 5, 6, 7]
    assert np.isnan(read(save(tmp_path), "speed").in_bins(np.arange(100, 103.0))).all()


def test_bins_read_apart_are_those_read_together(tmp_path):
    values = VALUES.copy()
    values[::4] = np.nan
    behaviour = read(save(tmp_path, values), "speed")
    edges_s = np.arange(1.01, 5.8, 0.033)
    whole = behaviour.in_bins(edges_s)
    parts = [behaviour.in_bins(edges_s[start : start + 11]) for start in range(0, 140, 10)]
    assert np.array_equal(np.concatenate(parts), whole[:140], equal_nan=True)


def test_series_of_one_name_are_told_apart_by_their_paths(tmp_path):
    file = begin()
    add_series(file, "speed", VALUES, timestamps=TIMES_S)
    add_series(file, "speed", 2 * VALUES, "other", timestamps=TIMES_S)
    path = write(file, tmp_path / "a.nwb")
    assert complain(path, "speed") == (
        'expected a name or path of one series of behaviour, got "speed", which is '
        "processing/behavior/speed, processing/other/speed"
    )
    assert read(path, "behavior/speed").names == ("speed",)
    both = read(path, "behavior/speed", "other/speed")
    assert both.names == ("processing/behavior/speed", "processing/other/speed")


def test_events_are_refused(lab):
    assert complain(lab, "licking") == (
        "processing/behavior/licking: expected a series of numbers over time, got IntervalSeries"
    )


def test_events_with_values_are_refused(lab):
    assert complain(lab, "taps") == (
        "processing/behavior/BehavioralEvents/taps: expected a series of numbers over time, got events"
    )


def test_an_unknown_name_is_told_with_the_nearest(lab):
    found = complain(lab, "runing_speed")
    assert found.startswith(
        'expected a series of behaviour "runing_speed", got acquisition/wheel, processing'
    )
    assert found.endswith('; did you mean "running_speed"?')


def test_stimuli_are_no_behaviour(lab):
    assert complain(lab, "flash").startswith('expected a series of behaviour "flash", got ')


def test_three_axes_are_refused(tmp_path):
    path = save(tmp_path, np.zeros((50, 2, 3)))
    assert complain(path, "speed") == (
        "processing/behavior/speed: expected one or two axes (sample, column), got shape (50, 2, 3)"
    )


def test_columns_with_factors_of_their_own_are_scaled_by_them(tmp_path):
    file = begin()
    group = file.create_electrode_group("array", "an array", "retina", file.create_device("array"))
    for _ in range(2):
        file.add_electrode(location="retina", group=group)
    region = file.create_electrode_table_region([0, 1], "both")
    values = np.stack([VALUES, VALUES], axis=1)
    file.add_acquisition(
        ElectricalSeries(
            name="lfp",
            data=values,
            electrodes=region,
            timestamps=TIMES_S,
            channel_conversion=[2.0, 3.0],
            conversion=10.0,
        )
    )
    path = write(file, tmp_path / "a.nwb")
    found = read(path, "lfp").in_bins(np.append(TIMES_S, 6))
    assert found == pytest.approx(values * [20, 30], abs=1e-4)
    replace(path, "acquisition/lfp/channel_conversion", [2.0])
    assert complain(path, "lfp") == (
        "acquisition/lfp: channel_conversion: expected 2 numbers, one per column, got shape (1,)"
    )


def test_a_broken_clock_is_told(tmp_path):
    path = save(tmp_path)
    with edit(path) as file:
        file["processing/behavior/speed/timestamps"][7] = 0
    assert complain(path, "speed") == (
        "processing/behavior/speed: timestamps: expected increasing times, got decreasing ones: 0 s at index "
        "7 after 1.6 s"
    )
