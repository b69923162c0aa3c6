"""Divide sections or images into training, validation and test part, by contiguous folds."""

import numpy as np

from sysid import SysidError


def split_blocks(count: int, folds: int, fold: int, validation_fraction: float) -> np.ndarray:
    """Return the part ("train", "validation" or "test") of each of `count` blocks in order.

    Fold `fold` of `folds` contiguous runs is the test part. The validation part is one contiguous run of the
    others, near the middle of the run half way round from the test run, so that it rotates with the fold and
    does not touch the test run where there is room.

    Raises:
        SysidError: more folds than blocks, or no room for the validation run beside the test run.
    """
    if folds > count:
        raise SysidError(f"dryad_mea: folds: expected at most {count}, one block each, got {folds}")
    runs = np.array_split(np.arange(count), folds)
    parts = np.full(count, "train", dtype="<U10")
    parts[runs[fold]] = "test"
    length = _validation_length(count - len(runs[fold]), validation_fraction)
    if length:
        opposite = runs[(fold + folds // 2) % folds]
        start = _place_validation(parts, length, float(opposite.mean()), validation_fraction)
        parts[start : start + length] = "validation"
    return parts


def split_training(count: int, folds: int, fold: int, validation_fraction: float) -> np.ndarray:
    """Return the part of each of `count` blocks where the test part is elsewhere: "train" or "validation".

    As `split_blocks`, but fold `fold` trains instead of testing, so that the validation part is the same.
    """
    parts = split_blocks(count, folds, fold, validation_fraction)
    return np.where(parts == "test", "train", parts)


def _validation_length(remaining: int, fraction: float) -> int:
    """Return how many of the blocks beside the test run validate: none for 0, else at least one."""
    return max(1, round(fraction * remaining)) if fraction else 0


def _place_validation(parts: np.ndarray, length: int, wanted: float, fraction: float) -> int:
    """Return where a run of `length` blocks outside the test run begins, its middle nearest to `wanted`."""
    is_test = parts == "test"
    room = [start for start in range(len(parts) - length + 1) if not is_test[start : start + length].any()]
    if not room or length == np.count_nonzero(~is_test):
        longest = max(len(run) for run in "".join("t" if test else "." for test in is_test).split("t"))
        raise SysidError(
            f"dryad_mea: validation_fraction: expected a run that fits beside the test run and leaves "
            f"some to train (at most {longest}, and fewer than all), got {fraction:g}, {length} blocks"
        )
    apart = [start for start in room if not is_test[max(0, start - 1) : start + length + 1].any()]
    return min(apart or room, key=lambda start: (abs(start + (length - 1) / 2 - wanted), start))
