import numpy as np
import pytest

from sysid.split import Window, split_bins
from tests.conftest import make_presentation

PARTS = ("train", "validation", "test")


def windows(bins, window):
    return {int(b) - lag for b in bins for lag in range(window.lead, window.reach + 1)}


@pytest.mark.parametrize("include_current", [True, False])
@pytest.mark.parametrize("history", [1, 4, 7])
def test_no_part_sees_another_parts_frames(history, include_current):
    generator = np.random.default_rng(history)
    for _ in range(20):
        cuts = np.sort(generator.choice(np.arange(1, 120), 8, replace=False))
        ranges = {part: [] for part in PARTS}
        for number, (start, stop) in enumerate(zip([0, *cuts], [*cuts, 120], strict=True)):
            part = PARTS[generator.integers(3)] if number else "train"
            ranges[part].append((int(start), int(stop)))
        presentation = make_presentation(frames=120, **{part: tuple(r) for part, r in ranges.items()})
        window = Window(history, include_current)
        bins = split_bins(presentation, window).bins
        for part in ("train", "validation"):
            for other in PARTS:
                if other != part:
                    assert not windows(bins[part], window) & set(bins[other].tolist())
                    assert not set(bins[part].tolist()) & windows(bins[other], window)


def test_dropped_bins_are_counted_and_the_rest_is_kept():
    presentation = make_presentation(frames=40, train=((0, 20), (30, 40)), test=((20, 30),))
    split = split_bins(presentation, Window(history=4, include_current=True))
    assert split.bins["test"].tolist() == list(range(20, 30))
    assert split.bins["train"].tolist() == [*range(3, 17), *range(33, 40)]
    assert split.dropped_for_history == {"train": 3, "validation": 0, "test": 0}
    assert split.dropped_for_leakage == {"train": 6, "validation": 0, "test": 0}


def test_without_the_current_frame_the_window_ends_one_frame_earlier():
    presentation = make_presentation(frames=20, train=((0, 20),))
    bins = split_bins(presentation, Window(history=4, include_current=False)).bins["train"]
    assert bins.tolist() == list(range(4, 20))


def test_a_bin_that_nobody_recorded_is_not_a_response_bin():
    presentation = make_presentation(frames=20, train=((0, 12),), test=((12, 20),))
    presentation.responses[:, 12:15] = np.nan
    split = split_bins(presentation, Window(history=3, include_current=True))
    assert split.bins["test"].tolist() == list(range(15, 20))
    assert split.bins["train"].tolist() == list(range(2, 12))
