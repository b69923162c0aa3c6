"""Find the trials of a SENSORIUM folder that show the same."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from sysid import SysidError, checksum
from sysid_datasets.sensorium_array import open_array
from sysid_datasets.sensorium_folder import Folder
from sysid_datasets.sensorium_picture import Picture

CONDITIONS = "meta/trials/condition_hash.npy"
SAME_LEVEL = 0.01  # of the range of all pixels: frames that differ by less are the same
SAME_SHARE = 0.75  # of the frames that are not of one grey
LIKELY_SHARE = 0.5  # of the frames are the same in a few pixels, or videos need not be compared
LENGTH_SHARE = 0.9  # a repeat that was cut off earlier than this is a video of its own


def find_identities(folder: Folder, pictures: Mapping[int, Picture]) -> tuple[dict[int, int], str]:
    """Return the first trial that shows what each trial shows, and how that was found.

    `meta/trials/condition_hash.npy` says so where it is there. Images are the same where their files are.
    Videos are compared by their pixels: the competition's were resampled to one clock for each trial, so that
    repeats of one video differ by a frame here and there. They are the same where three quarters of the
    frames that have any contrast are equal to within 1 % of the range of pixels.
    """
    named = folder.path / CONDITIONS
    if named.is_file():
        return _by_name(_read_conditions(folder, named), pictures), f"by {CONDITIONS}"
    if not folder.is_movie:
        return _by_name({trial: checksum(each.path) for trial, each in pictures.items()}, pictures), (
            "by equal files"
        )
    return _by_pixels(pictures), "by comparing their frames"


def _read_conditions(folder: Folder, path: Path) -> dict[int, str]:
    stored = open_array(path)
    if stored.shape != (len(folder.tiers),):
        raise SysidError(f"{path}: expected one for each of {len(folder.tiers)} trials, got {stored.shape}")
    return {trial: str(each) for trial, each in enumerate(stored.tolist())}


def _by_name(names: Mapping[int, str], pictures: Mapping[int, Picture]) -> dict[int, int]:
    first: dict[str, int] = {}
    return {trial: first.setdefault(names[trial], trial) for trial in pictures}


def _by_pixels(pictures: Mapping[int, Picture]) -> dict[int, int]:
    low, high = (pick(each.span[at] for each in pictures.values()) for at, pick in enumerate((min, max)))
    level = SAME_LEVEL * (high - low)
    longest = max(each.shape[0] for each in pictures.values())
    found: dict[int, int] = {}
    distinct: list[int] = []
    pixels = next(iter(pictures.values())).sample.shape[1]
    samples = np.full((len(pictures), longest, pixels), np.nan, dtype=np.float32)  # distinct frame pixel
    for trial, picture in pictures.items():
        frames = picture.shape[0]
        close = (np.abs(samples[: len(distinct), :frames] - picture.sample) <= level).all(axis=2)
        for number in np.flatnonzero(close.mean(axis=1) >= LIKELY_SHARE).tolist():
            if _is_same(pictures[distinct[number]], picture, level):
                found[trial] = distinct[number]
                break
        else:
            samples[len(distinct), :frames] = picture.sample
            distinct.append(trial)
            found[trial] = trial
    return found


def _is_same(one: Picture, other: Picture, level: float) -> bool:
    frames = min(one.shape[0], other.shape[0])
    if one.shape[1:] != other.shape[1:] or frames < LENGTH_SHARE * max(one.shape[0], other.shape[0]):
        return False
    numbers = np.arange(frames)
    first, second = (each.take(numbers).astype(np.float32) for each in (one, other))
    equal = np.abs(first - second).max(axis=(1, 2, 3)) <= level
    contrasted = _has_contrast(first, level) | _has_contrast(second, level)
    return bool((equal[contrasted] if contrasted.any() else equal).mean() >= SAME_SHARE)


def _has_contrast(frames: np.ndarray, level: float) -> Bool[np.ndarray, " frame"]:
    return np.ptp(frames, axis=(1, 2, 3)) > level
