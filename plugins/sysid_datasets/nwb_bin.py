"""Refuse a `bin_ms` of the dataset `nwb` that what was shown cannot be divided by."""

from collections.abc import Sequence
from pathlib import Path

from sysid import SysidError
from sysid_datasets.neurodata.clock import SAME
from sysid_datasets.neurodata.showing import Showing

SHORTEST_MS = 0.1  # a spike lasts about 1 ms, and its time is known to some 0.05 ms (20 or 30 kHz)
MOST = 20_000_000  # bins: 5.6 hours of 1 ms; responses of 100 neurons are then 8 GB
ROUNDING = 1.01  # of a movie that is meant to have so many bins


def check_bins(bin_ms: float, path: Path, showings: Sequence[Showing]) -> None:
    """Refuse bins that are shorter than anything can be, too many, or too long for all that was shown.

    A movie needs two bins at least, or it is no movie any more; an image may be one.

    Args:
        bin_ms: as the recipe says.
        path: of the file, for messages.
        showings: those that count, at least one.

    Raises:
        SysidError: one of these; the line says how many bins there would be.
    """
    total_s = sum(each.stop_s - each.start_s for each in showings)
    bins = int(1000 * total_s / bin_ms + SAME)
    frames = sum(len(each.frame) for each in showings)
    made = f"{bin_ms:g}, which makes {bins:,} bins of the {frames:,} frames ({total_s:.4g} s)"
    if bin_ms < SHORTEST_MS:
        raise SysidError(
            f"{path}: bin_ms: expected at least {SHORTEST_MS} ms, as times of spikes are known no better, "
            f"got {made}"
        )
    if bins > MOST:
        raise SysidError(f"{path}: bin_ms: expected one that makes at most {MOST:,} bins, got {made}")
    room_ms, longest = max(
        (1000 * (each.stop_s - each.start_s) / (1 if each.kind == "image" else 2), each.identity)
        for each in showings
    )
    if bin_ms > ROUNDING * room_ms:
        raise SysidError(
            f"{path}: bin_ms: expected at most {room_ms:.4g} ms, as {longest} has room for no longer bins, "
            f"got {made}"
        )
