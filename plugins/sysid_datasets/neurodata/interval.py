"""Compare bins with intervals in which something holds: observed, or not valid."""

import numpy as np
import pynwb
from jaxtyping import Bool, Float64

from sysid import SysidError
from sysid_datasets.neurodata.library_error import guard
from sysid_datasets.neurodata.opening import locate

Edges = Float64[np.ndarray, " edge"]
Intervals = Float64[np.ndarray, "interval 2"]

# times closer than this are the same: bin edges and intervals are computed in different ways
SAME_S = 1e-6


def invalid_intervals(file: pynwb.NWBFile) -> Intervals:
    """Return start and stop of the file's `invalid_times`; none where it has no such table.

    Raises:
        SysidError: a time is no number, or an interval stops before it starts.
    """
    table = file.invalid_times
    if table is None or not len(table):
        return np.empty((0, 2))
    place = locate(table)
    with guard(place):
        columns = [np.asarray(table[name].data[:]) for name in ("start_time", "stop_time")]
        intervals = np.stack(columns, axis=1).astype(np.float64)
    return check_intervals(intervals, place)


def check_intervals(intervals: Intervals, place: str) -> Intervals:
    """Return intervals as they are.

    Raises:
        SysidError: a time is not finite, or an interval stops before it starts.
    """
    wrong = ~(intervals[:, 0] <= intervals[:, 1]) | ~np.isfinite(intervals).all(axis=1)
    if wrong.any():
        at = int(wrong.argmax())
        start_s, stop_s = intervals[at]
        raise SysidError(
            f"{place}: expected intervals from a start to a later stop, got {start_s:.9g} to {stop_s:.9g} s "
            f"at index {at}"
        )
    return intervals


def overlaps(edges_s: Edges, intervals: Intervals) -> Bool[np.ndarray, " bin"]:
    """Mark the bins that share some time with any interval."""
    start_s, stop_s = _merge(intervals)
    begin_s, end_s = edges_s[:-1], edges_s[1:]
    if not len(start_s):
        return np.zeros(len(begin_s), dtype=bool)
    # the first interval that stops after the bin begins is the only one that needs a look
    at = np.searchsorted(stop_s, begin_s + SAME_S, side="right")
    there = at < len(start_s)
    return there & (start_s[np.minimum(at, len(start_s) - 1)] < end_s - SAME_S)


def covered(edges_s: Edges, intervals: Intervals) -> Bool[np.ndarray, " bin"]:
    """Mark the bins that lie wholly in the intervals; those that touch count as one."""
    start_s, stop_s = _merge(intervals)
    begin_s, end_s = edges_s[:-1], edges_s[1:]
    if not len(start_s):
        return np.zeros(len(begin_s), dtype=bool)
    at = np.searchsorted(start_s, begin_s + SAME_S, side="right") - 1
    return (at >= 0) & (stop_s[np.maximum(at, 0)] >= end_s - SAME_S)


def merge(intervals: Intervals) -> tuple[tuple[float, float], ...]:
    """Return the same intervals in order, those that overlap or touch made one."""
    return tuple(zip(*(each.tolist() for each in _merge(intervals)), strict=True))


def _merge(intervals: Intervals) -> tuple[Float64[np.ndarray, " merged"], Float64[np.ndarray, " merged"]]:
    """Return starts and stops of the same intervals in order, those that overlap or touch made one."""
    if not len(intervals):
        return np.empty(0), np.empty(0)
    ordered = intervals[np.argsort(intervals[:, 0], kind="stable")]
    reach_s = np.maximum.accumulate(ordered[:, 1])
    first = np.flatnonzero(np.append(True, ordered[1:, 0] > reach_s[:-1] + SAME_S))
    last = np.append(first[1:], len(ordered)) - 1
    return ordered[first, 0], reach_s[last]
