"""Divide what was shown into training, validation and test part, so that repeats stay together."""

from collections.abc import Sequence

import attrs
import numpy as np
from jaxtyping import Bool, Float64

ORDER_SEED = 0  # images come in an order drawn once for all runs: files often hold them sorted by kind


@attrs.frozen(eq=False)
class Stretch:
    """Describe one presentation to the split.

    Attributes:
        identity: what is shown; presentations that share it are divided at the same time after their onset.
        is_image: an image is in one part as a whole, a movie may be divided in time.
        repeats: how often it was shown and something was recorded.
        since_onset_s: when each bin began.
        recorded: whether anything was recorded in it; bins without count for no share.
    """

    identity: str
    is_image: bool
    repeats: int
    since_onset_s: Float64[np.ndarray, " bin"]
    recorded: Bool[np.ndarray, " bin"]


Parts = list[np.ndarray]
"""The part of each bin ("train", "validation" or "test") of each stretch."""


def split_parts(
    stretches: Sequence[Stretch],
    tested: Sequence[Bool[np.ndarray, " _"]],
    validation_fraction: float,
    test_fraction: float,
) -> Parts:
    """Return the part of every bin.

    The test part is what `tested` marks; where it marks nothing, the last share of the movies and a random
    share of the images. The validation part is the last share of the movies' training bins that are left,
    and a random share of the images that are left.
    """
    parts = [np.where(marks, "test", "train").astype("<U10") for marks in tested]
    if not any(marks.any() for marks in tested):
        _take(stretches, parts, "test", test_fraction)
    _take(stretches, parts, "validation", validation_fraction)
    return parts


def find_repeated(stretches: Sequence[Stretch]) -> tuple[str, ...]:
    """Return the identities that test by default: those shown several times, where others were shown once.

    None where all or none were repeated, and where most of the images were: then it was by chance.
    """
    shown: dict[str, int] = {}
    for stretch in stretches:
        shown[stretch.identity] = shown.get(stretch.identity, 0) + stretch.repeats
    repeated = tuple(identity for identity, count in shown.items() if count > 1)
    only_images = all(stretch.is_image for stretch in stretches)
    if len(repeated) == len(shown) or (only_images and 2 * len(repeated) > len(shown)):
        return ()
    return repeated


def to_ranges(parts: np.ndarray, part: str) -> tuple[tuple[int, int], ...]:
    """Return the half-open ranges of the bins that are in a part."""
    inside = np.concatenate([[False], parts == part, [False]])
    edges = np.flatnonzero(inside[1:] != inside[:-1]).tolist()
    return tuple(zip(edges[::2], edges[1::2], strict=True))


def _take(stretches: Sequence[Stretch], parts: Parts, part: str, fraction: float) -> None:
    """Move a share of the training bins to another part."""
    if fraction > 0:
        _take_movies(stretches, parts, part, fraction)
        _take_images(stretches, parts, part, fraction)


def _take_images(stretches: Sequence[Stretch], parts: Parts, part: str, fraction: float) -> None:
    left = _by_identity(stretches, parts, images=True)
    if len(left) < 2:
        return
    order = np.random.default_rng(ORDER_SEED).permutation(sorted(left))
    for identity in order[-max(1, round(fraction * len(left))) :]:
        for number in left[str(identity)]:
            parts[number][:] = part


def _take_movies(stretches: Sequence[Stretch], parts: Parts, part: str, fraction: float) -> None:
    """Take the last share in time: whole movies where that comes near it, else the end of one."""
    left = _by_identity(stretches, parts, images=False)
    weights = [
        sum(int(_usable(stretches[number], parts[number]).sum()) for number in numbers)
        for numbers in left.values()
    ]
    starts = np.concatenate([[0], np.cumsum(weights)])
    share = max(1, round(fraction * starts[-1]))
    cut = int(starts[-1]) - share
    if cut < 1:
        return
    nearest = min(starts[1:-1].tolist(), key=lambda start: abs(start - cut), default=0)
    if nearest and abs(nearest - cut) <= share / 2:
        cut = nearest
    for numbers, start, weight in zip(left.values(), starts[:-1], weights, strict=True):
        into = cut - start
        if into < weight:
            _take_end([(stretches[number], parts[number]) for number in numbers], max(0, into) / weight, part)


def _take_end(alike: list[tuple[Stretch, np.ndarray]], into: float, part: str) -> None:
    """Move what comes after a share of the usable bins, at the same time after onset in every repeat.

    Nothing before it is to stay: then all of it moves, also the bins in which nothing was recorded.
    """
    begin_s = _begin_s(alike, into) if into > 0 else -np.inf
    for stretch, parts in alike:
        parts[(parts == "train") & (stretch.since_onset_s >= begin_s)] = part


def _begin_s(alike: list[tuple[Stretch, np.ndarray]], into: float) -> float:
    """Return how long after onset a share of the usable bins is over, in the longest of the repeats."""
    longest, parts = max(alike, key=lambda each: int(_usable(*each).sum()))
    usable = np.flatnonzero(_usable(longest, parts))
    return float(longest.since_onset_s[usable[min(round(into * len(usable)), len(usable) - 1)]])


def _by_identity(stretches: Sequence[Stretch], parts: Parts, *, images: bool) -> dict[str, list[int]]:
    """Return the numbers of the stretches that still have bins to train on, in the order of their onsets."""
    found: dict[str, list[int]] = {}
    for number, (stretch, own) in enumerate(zip(stretches, parts, strict=True)):
        if stretch.is_image == images and _usable(stretch, own).any():
            found.setdefault(stretch.identity, []).append(number)
    return found


def _usable(stretch: Stretch, parts: np.ndarray) -> Bool[np.ndarray, " bin"]:
    return stretch.recorded & (parts == "train")
