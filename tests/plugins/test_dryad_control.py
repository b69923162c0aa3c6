"""Pairings that destroy the relation of stimulus and response."""

from collections import Counter

import numpy as np
import pytest

from sysid import SysidError
from sysid_datasets.dryad_control import draw_derangement


@pytest.mark.parametrize("count", [2, 3, 45])
def test_nothing_keeps_its_place(count):
    for draw in range(20):
        order = draw_derangement(count, draw)
        assert sorted(order) == list(range(count))
        assert (order != np.arange(count)).all()


def test_a_seed_gives_one_order_and_another_seed_another():
    np.testing.assert_array_equal(draw_derangement(45, 7), draw_derangement(45, 7))
    assert (draw_derangement(45, 7) != draw_derangement(45, 8)).any()


def test_all_derangements_are_about_equally_likely():
    seen = Counter(tuple(draw_derangement(4, draw)) for draw in range(900))
    assert len(seen) == 9  # of 4 things there are 9, so 100 each
    assert 60 < min(seen.values()) <= max(seen.values()) < 140


def test_one_section_cannot_be_shuffled():
    with pytest.raises(SysidError, match="control: expected at least 2 sections or images to shuffle, got 1"):
        draw_derangement(1, 0)
