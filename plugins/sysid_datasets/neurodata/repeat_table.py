"""Interval tables whose rows mark the repeats of a movie within one long series."""

import numpy as np
from jaxtyping import Float64

from sysid_datasets.neurodata.clock import Clock
from sysid_datasets.neurodata.content import same_content
from sysid_datasets.neurodata.interval_table import read_intervals
from sysid_datasets.neurodata.opening import Opened
from sysid_datasets.neurodata.pixels import PixelSource

LEAST_FRAMES = 2
MOST_ROWS = 200  # whose first frames are looked at
NEAR = 0.1  # share of a row that may lie over the next: clocks differ
SAME_S = 1e-6  # an onset so little before a row begins belongs to it


def find_repeat_rows(
    opened: Opened, pixels: PixelSource, clock: Clock
) -> tuple[str, list[tuple[int, int]]] | None:
    """Return the table whose rows cut a series into repeats, and (first, stop) frames of each stretch.

    Stretches before, between and after the rows are among them. Rows may begin a little before or after the
    frame that they mean: what counts is that they show the same. None where no table has two rows that do:
    then rows mean something else.
    """
    half_s = 0.0 if np.isnan(clock.interval_s) else clock.interval_s / 2
    for name, intervals in read_intervals(opened.file).items():
        for tolerance_s in (half_s, SAME_S):
            rows = _find_rows(clock, intervals, tolerance_s)
            if len(rows) > 1 and _any_alike(pixels, rows):
                return name, _fill_gaps(rows, len(clock.onset_s))
    return None


def _find_rows(
    clock: Clock, intervals: Float64[np.ndarray, "interval 2"], tolerance_s: float
) -> list[tuple[int, int]]:
    """Return (first, stop) frames of rows that have some, in order; none where rows lie over one another."""
    bounds = np.searchsorted(clock.onset_s, intervals - tolerance_s)
    rows = sorted((first, stop) for first, stop in bounds.tolist() if stop - first >= LEAST_FRAMES)
    ends = [*(first for first, _ in rows), len(clock.onset_s)][1:]
    if any(stop - end > NEAR * (stop - first) for (first, stop), end in zip(rows, ends, strict=True)):
        return []
    return [(first, min(stop, end)) for (first, stop), end in zip(rows, ends, strict=True)]


def _any_alike(pixels: PixelSource, rows: list[tuple[int, int]]) -> bool:
    """Say whether two of the rows show the same, by those that begin alike."""
    begun: dict[bytes, tuple[int, int]] = {}
    for first, stop in rows[:MOST_ROWS]:
        opening = pixels.take(np.array([first], dtype=np.int64)).tobytes()
        other = begun.setdefault(opening, (first, stop))
        frames, others = np.arange(first, stop, dtype=np.int64), np.arange(*other, dtype=np.int64)
        if other != (first, stop) and same_content(pixels, frames, pixels, others):
            return True
    return False


def _fill_gaps(rows: list[tuple[int, int]], frames: int) -> list[tuple[int, int]]:
    """Return rows and what lies between them, in order."""
    cuts, at = [], 0
    for first, stop in rows:
        if first - at >= LEAST_FRAMES:
            cuts.append((at, first))
        cuts.append((first, stop))
        at = stop
    if frames - at >= LEAST_FRAMES:
        cuts.append((at, frames))
    return cuts
