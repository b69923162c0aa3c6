"""A long stimulus is read in parts that take a moment each."""

import itertools

from sysid import reading
from sysid.reading import FEW, MANY, paced


def test_ranges_follow_one_another_and_grow_while_reading_takes_no_time():
    ranges = list(paced(7, 5000))
    assert ranges[0] == (7, 7 + FEW)
    assert ranges[-1][1] == 5000
    assert all(before[1] == after[0] for before, after in itertools.pairwise(ranges))
    assert max(stop - start for start, stop in ranges) == MANY
    assert list(paced(3, 3)) == []


def test_ranges_stay_short_where_frames_are_slow_to_come(monkeypatch):
    monkeypatch.setattr(reading, "SHORT_S", 0.0)
    assert list(paced(0, 3 * FEW)) == [(0, FEW), (FEW, 2 * FEW), (2 * FEW, 3 * FEW)]
