"""Say in a line each what was read of a SENSORIUM folder, and how."""

import collections
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sysid_datasets.sensorium_array import open_numbers
from sysid_datasets.sensorium_choice import FIELDS, Choice
from sysid_datasets.sensorium_folder import TIERS, Folder

if TYPE_CHECKING:
    from sysid_datasets.sensorium import Sensorium


def note_tiers(dataset: "Sensorium", folder: Folder) -> str:
    """Say which tiers there are, and which are used for what."""
    used = [f"{field} = {', '.join(tiers)}" for field in FIELDS if (tiers := getattr(dataset, field))]
    return f"{TIERS}: {folder.count_tiers()}; used: {'; '.join(used)}"


def note_repeats(choice: Choice, identity: Mapping[int, int], how: str, *, is_movie: bool) -> Iterator[str]:
    """Say what was shown several times, and whose frames stand for it."""
    for field, trials in choice.trials.items():
        counts = collections.Counter(identity[trial] for trial in trials)
        if field != "shown" and len(counts) < len(trials):
            what = "videos" if is_movie else "images"
            line = f"{field}: {len(trials)} trials show {len(counts)} {what}, found {how}"
            if is_movie and "frames" in how:
                line += "; the frames of the longest of a video's trials, the first of these, stand for all"
            yield line


def note_time(dataset: "Sensorium", folder: Folder) -> Iterator[str]:
    """Say how long a bin is, and which bins are masked."""
    if not folder.is_movie:
        yield "images: each is one bin of 500 ms, as long as the competition showed it"
    elif dataset.unscored_frames:
        yield (
            f"the first {dataset.unscored_frames} frames of every trial are masked: they are history of what "
            "follows, and neither train nor score"
        )


def note_neurons(kept: int, count: int) -> Iterator[str]:
    """Say that some neurons are left out."""
    if kept < count:
        yield f"neurons: the first {kept} of {count}, as the recipe says"


def note_behaviour(
    dataset: "Sensorium", folder: Folder, choice: Choice, identity: Mapping[int, int]
) -> Iterator[str]:
    """Say which rows behaviour is of, and that it is averaged over repeats that test, predicted as one."""
    test = choice.trials["test"]
    if not dataset.behaviour:
        return
    path = folder.file("behavior", test[0])
    if path.is_file() and len(open_numbers(path)) == 3:
        yield (
            "data/behavior: of its three rows, which no file names, the first was read as pupil dilation and "
            "the last as running speed; the second, as published the change of the pupil, was left out"
        )
    if len({identity[trial] for trial in test}) < len(test):
        yield "behaviour: averaged over the repeats of what is tested on, which are predicted as one"
