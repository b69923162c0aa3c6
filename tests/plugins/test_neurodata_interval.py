"""Bins against intervals."""

import itertools

import numpy as np
import pytest

from sysid import SysidError
from sysid_datasets.neurodata.interval import covered, invalid_intervals, overlaps
from sysid_datasets.neurodata.opening import open_nwb
from tests.neurodata_file import begin, replace, write

NONE = np.empty((0, 2))
EDGES_S = np.arange(7.0)  # six bins of a second


def test_a_bin_overlaps_an_interval_that_it_shares_time_with():
    assert overlaps(EDGES_S, np.array([[1.5, 1.6], [3.0, 5.0]])).tolist() == [0, 1, 0, 1, 1, 0]


def test_an_interval_that_ends_where_a_bin_begins_does_not_overlap_it():
    assert overlaps(EDGES_S, np.array([[2.0, 3.0]])).tolist() == [0, 0, 1, 0, 0, 0]
    assert not overlaps(EDGES_S, np.array([[-5.0, 0.0], [6.0, 9.0]])).any()


def test_a_moment_overlaps_the_bin_it_is_in():
    assert overlaps(EDGES_S, np.array([[2.5, 2.5]])).tolist() == [0, 0, 1, 0, 0, 0]


def test_a_bin_is_covered_when_it_is_wholly_inside():
    assert covered(EDGES_S, np.array([[0.5, 3.0], [4.0, 6.0]])).tolist() == [0, 1, 1, 0, 1, 1]


def test_intervals_that_touch_or_overlap_cover_together():
    assert covered(EDGES_S, np.array([[2.5, 4.2], [1.0, 2.5], [1.5, 1.7]])).tolist() == [0, 1, 1, 1, 0, 0]


def test_without_intervals_nothing_overlaps_or_is_covered():
    assert not overlaps(EDGES_S, NONE).any()
    assert not covered(EDGES_S, NONE).any()


def test_rounding_neither_covers_nor_uncovers():
    edges_s = 0.1 * np.arange(101)
    assert covered(edges_s, np.array([[0.3, 0.7]])).sum() == 4
    assert overlaps(edges_s, np.array([[0.3, 0.7]])).sum() == 4


def test_many_intervals_agree_with_the_definition():
    generator = np.random.default_rng(0)
    start_s = generator.uniform(0, 50, 40)
    intervals = np.stack([start_s, start_s + generator.exponential(1.0, 40)], axis=1)
    edges_s = np.cumsum(generator.uniform(0.1, 0.5, 200))
    fine_s = np.linspace(0, 80, 400_001)
    inside = ((fine_s[:, None] >= intervals[:, 0]) & (fine_s[:, None] < intervals[:, 1])).any(axis=1)
    by_bin = [inside[(fine_s >= a) & (fine_s < b)] for a, b in itertools.pairwise(edges_s)]
    assert overlaps(edges_s, intervals).tolist() == [each.any() for each in by_bin]
    assert covered(edges_s, intervals).tolist() == [each.all() for each in by_bin]


@pytest.fixture
def path(tmp_path):
    file = begin()
    file.add_invalid_time_interval(start_time=1.0, stop_time=2.0)
    file.add_invalid_time_interval(start_time=4.0, stop_time=4.5)
    return write(file, tmp_path / "a.nwb")


def test_invalid_times_are_read(path):
    with open_nwb(path) as opened:
        assert invalid_intervals(opened.file).tolist() == [[1, 2], [4, 4.5]]


def test_a_file_without_invalid_times_has_none(tmp_path):
    with open_nwb(write(begin(), tmp_path / "a.nwb")) as opened:
        assert invalid_intervals(opened.file).shape == (0, 2)


@pytest.mark.parametrize(("stop_s", "got"), [(3.0, "4 to 3"), (np.nan, "4 to nan")])
def test_an_interval_that_stops_before_it_starts_is_refused(path, stop_s, got):
    replace(path, "intervals/invalid_times/stop_time", [2.0, stop_s])
    with open_nwb(path) as opened, pytest.raises(SysidError) as caught:
        invalid_intervals(opened.file)
    assert str(caught.value) == (
        f"{path}: intervals/invalid_times: expected intervals from a start to a later stop, got {got} s at "
        "index 1"
    )


def test_invalid_times_that_are_text_are_refused(path):
    replace(path, "intervals/invalid_times/stop_time", ["soon", "later"])
    with (
        open_nwb(path) as opened,
        pytest.raises(SysidError, match="invalid_times: expected data that can be"),
    ):
        invalid_intervals(opened.file)
