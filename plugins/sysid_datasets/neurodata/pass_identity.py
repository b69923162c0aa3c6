"""Say which passes through frames show the same, and which of them are only a part of another."""

import numpy as np
from jaxtyping import Int64

from sysid_datasets.neurodata.showing import BLANK

NEAR_END = 0.01  # share of the frames, and one, that a pass may lack through dropped frames

Frames = list[Int64[np.ndarray, " _"]]  # passes have different lengths


def identify_ranges(passes: Frames, name: str) -> list[tuple[str, bool]]:
    """Return what each pass through a movie shows, and whether it is only a part of it.

    Passes that have frames in common show the same, wherever they begin: one that was broken off may have
    been taken up again. Those within another, longer one are a part.

    Args:
        passes: numbers that follow one another.
        name: of the movie.
    """
    shown = [frame[frame != BLANK] for frame in passes]
    ranges = [(int(frame.min()), int(frame.max())) for frame in shown]
    groups = _join_overlapping(ranges)
    distinct = set(ranges)
    identified = []
    for own in ranges:
        group = next(each for each in groups if each[0] <= own[0] and own[1] <= each[1])
        # a bare name would mean all of them to whoever names what to test on
        shows = name if len(groups) == 1 else f"{name} from frame {group[0]}"
        is_part = any(
            first <= own[0] and own[1] <= last and is_short(own[1] - own[0] + 1, last - first + 1)
            for first, last in distinct
        )
        identified.append((shows, is_part))
    return identified


def identify_sequences(passes: Frames, name: str) -> list[tuple[str, bool]]:
    """Return what each pass shows, and whether it ends before another that begins with the same frames.

    Args:
        passes: numbers in any order.
        name: of what is shown.
    """
    groups: list[list[int]] = []
    for number, frame in enumerate(passes):
        fitting = next((group for group in groups if begin_alike(passes[group[0]], frame)), None)
        if fitting is None:
            groups.append([number])
        else:
            fitting.append(number)
    identified = [("", False)] * len(passes)
    for order, group in enumerate(groups):
        longest = max(len(passes[number]) for number in group)
        own = name if len(groups) == 1 else f"{name}, sequence {order + 1}"
        for number in group:
            identified[number] = (own, is_short(len(passes[number]), longest))
    return identified


def begin_alike(one: Int64[np.ndarray, " n"], other: Int64[np.ndarray, " m"]) -> bool:
    """Say whether two sequences are the same up to the end of the shorter."""
    count = min(len(one), len(other))
    return bool((one[:count] == other[:count]).all())


def is_short(frames: int, whole: int) -> bool:
    """Say whether a pass lacks more frames than are dropped."""
    return frames < whole - 1 - NEAR_END * whole


def _join_overlapping(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined
