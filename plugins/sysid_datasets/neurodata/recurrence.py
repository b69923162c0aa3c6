"""Find where a sequence of frames starts again, from the frames alone."""

from itertools import pairwise

import numpy as np
from jaxtyping import Int64

OPENING = 8  # frames that have to come again; what comes again by chance is not followed by the same
LEAST_DISTINCT = 4  # different frames in a pass: a flicker between few is no movie that starts again


def find_recurrences(content: Int64[np.ndarray, " frame"]) -> list[int]:
    """Return the numbers of the frames with which the sequence starts again, without its first.

    A pass counts if it agrees with the first one to its end, or up to where the next begins (then it was
    broken off).

    Args:
        content: equal numbers mean equal frames.
    """
    opening = min(OPENING, len(content) // 2)
    _, first_seen = np.unique(content, return_index=True)
    if opening < 2 or len(first_seen) < LEAST_DISTINCT:
        return []
    shortest = int(np.sort(first_seen)[LEAST_DISTINCT - 1]) + 1
    windows = np.lib.stride_tricks.sliding_window_view(content, opening)
    candidates = np.flatnonzero((windows == content[:opening]).all(axis=1)).tolist()
    ends = {*candidates, len(content)}
    cuts = [0]
    for candidate in candidates:
        if candidate - cuts[-1] < shortest:
            continue
        whole = cuts[1] if len(cuts) > 1 else candidate
        agreed = _count_equal(content[candidate : candidate + whole], content[:whole])
        if agreed == whole or candidate + agreed in ends:
            cuts.append(candidate)
    return _cut_rests(content, cuts)[1:]


def _count_equal(one: np.ndarray, other: np.ndarray) -> int:
    """Return how many frames agree from the first on."""
    count = min(len(one), len(other))
    differs = one[:count] != other[:count]
    return int(differs.argmax()) if differs.any() else count


def _cut_rests(content: np.ndarray, cuts: list[int]) -> list[int]:
    """Cut off a begin of a pass that was too short to be found by its opening: it hangs on the one before."""
    lengths = sorted({stop - start for start, stop in pairwise([*cuts, len(content)])}, reverse=True)
    found = list(cuts)
    for start, stop in pairwise([*cuts, len(content)]):
        for length in lengths:
            rest = stop - start - length
            if 0 < rest < OPENING and (content[start + length : stop] == content[:rest]).all():
                found.append(start + length)
                break
    return sorted(found)
