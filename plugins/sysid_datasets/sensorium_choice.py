"""Choose which trials of a SENSORIUM folder train, validate and test."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import attrs
import numpy as np

from sysid import SysidError
from sysid_datasets.neurodata.listing import list_some
from sysid_datasets.sensorium_folder import TIERS, Folder

if TYPE_CHECKING:
    from sysid_datasets.sensorium import Sensorium

FIELDS = ("train", "validation", "test", "shown")
SCORED = FIELDS[:3]
DRAW_SEED = 0  # one draw for all runs; the numbers of trials say nothing of their order
MOST_TRIALS = 8  # listed in a note


@attrs.frozen(eq=False)
class Choice:
    """The trials of each part.

    Attributes:
        trials: of "train", "validation", "test" and "shown".
        notes: what was left out or drawn, one line each.
    """

    trials: dict[str, tuple[int, ...]]
    notes: tuple[str, ...]


def list_trials(dataset: "Sensorium", folder: Folder) -> dict[str, tuple[int, ...]]:
    """Return the trials of the tiers in each field.

    Raises:
        SysidError: a tier without trials, or one in two fields.
    """
    taken: dict[str, str] = {}
    for field, tier in _named(dataset):
        if tier in taken:
            raise SysidError(f'sensorium: {field}: expected other tiers than in {taken[tier]}, got "{tier}"')
        taken[tier] = field
        if not folder.trials(tier):
            raise SysidError(
                f'{folder.path}: {TIERS}: expected trials of the tier "{tier}" that `{field}` names, got '
                f"{folder.count_tiers()}"
            )
    chosen: dict[str, list[int]] = {field: [] for field in FIELDS}
    for tier, field in taken.items():
        chosen[field] += folder.trials(tier)
    return {field: tuple(sorted(trials)) for field, trials in chosen.items()}


def refuse_withheld(dataset: "Sensorium", folder: Folder, is_silent: Callable[[int], bool]) -> Iterator[str]:
    """Yield a note on every tier in which single trials have no response that is not zero.

    Raises:
        SysidError: a tier has none at all: the competition withheld them.
    """
    for field, tier in _named(dataset):
        if field == "shown":
            continue
        trials = folder.trials(tier)
        there = [trial for trial in trials if folder.file("responses", trial).is_file()]
        silent = [trial for trial in there if is_silent(trial)]
        if len(silent) == len(there):
            how = "zero throughout" if there else "not there"
            raise SysidError(
                f'{folder.path}: {field}: expected tiers with recorded responses, got "{tier}", whose '
                f"{len(trials)} trials have been withheld (data/responses is {how}); `shown` takes such tiers"
            )
        if silent:
            yield (
                f"{tier}: all responses are zero in {len(silent)} of {len(trials)} trials, and are taken as "
                f"recorded: {_list(silent)}"
            )


def choose_trials(
    listed: Mapping[str, tuple[int, ...]], identity: Mapping[int, int], validation_fraction: float
) -> Choice:
    """Divide trials so that what shows the same is in one part.

    What is tested on does not validate or train, what validates does not train. Where no tier validates, a
    share of the videos to train on is drawn for it.

    Args:
        listed: trials by field.
        identity: of each trial.
        validation_fraction: of the videos to train on; 0 where there is a tier for it.
    """
    trials, notes = dict(listed), []
    seen: set[int] = set()
    for field in ("test", "validation", "train"):
        again = [trial for trial in trials[field] if identity[trial] in seen]
        if again:
            notes.append(
                f"{field}: left out, as what they show is also tested or validated on: {len(again)} of "
                f"{len(trials[field])} trials, {_list(again)}"
            )
        trials[field] = tuple(trial for trial in trials[field] if trial not in again)
        seen |= {identity[trial] for trial in trials[field]}
    distinct = sorted({identity[trial] for trial in trials["train"]})
    if not trials["validation"] and validation_fraction > 0 and len(distinct) > 1:
        count = max(1, round(validation_fraction * len(distinct)))
        drawn = set(np.random.default_rng(DRAW_SEED).permutation(distinct)[-count:].tolist())
        train = trials["train"]
        trials["validation"] = tuple(trial for trial in train if identity[trial] in drawn)
        trials["train"] = tuple(trial for trial in train if identity[trial] not in drawn)
        notes.append(
            f"validation: drawn from those to train on, the same in every run: {_list(sorted(drawn))}"
        )
    return Choice(trials, tuple(notes))


def _named(dataset: "Sensorium") -> Iterator[tuple[str, str]]:
    for field in FIELDS:
        for tier in getattr(dataset, field):
            yield field, tier


def _list(trials: list[int]) -> str:
    return list_some([str(trial) for trial in trials], MOST_TRIALS)
