"""Make presentations of what was shown, what was recorded to it, and the part of the split of each bin."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from jaxtyping import Float32

from sysid import Presentation
from sysid_datasets.neurodata.answer import Answered
from sysid_datasets.neurodata.grouping import Repeats
from sysid_datasets.neurodata.indexed_frame import IndexedFrames
from sysid_datasets.neurodata.split import Parts, to_ranges


def present(
    answers: Sequence[Answered],
    parts: Parts,
    response_kind: str,
    view: Callable[[Repeats], IndexedFrames],
) -> Iterator[Presentation]:
    """Yield the presentations, in the order of `answers`.

    What is shown keeps its identity where all of it is in one part. A movie that is divided in time has
    none: its repeats are in one presentation, or are divided at the same time after their onset.

    With behaviour, each repeat that trains or validates is a presentation of its own, as behaviour differs
    between repeats and a presentation has room for that of one. Repeats of the test part stay together, for
    the ceilings of their scores; theirs is averaged (see `is_averaged`).

    Args:
        answers: of the recording.
        parts: of every bin.
        response_kind: of the responses.
        view: makes the frames of an entry.
    """
    parts_of = find_parts(answers, parts)
    for section, (answered, own) in enumerate(zip(answers, parts, strict=True)):
        identity = answered.repeats.identity
        whole = len(parts_of[identity]) == 1
        stimulus = view(answered.repeats)
        alone = answered.behaviour is not None and not is_averaged(answered, parts_of)
        for each in _divide(answered) if alone else (answered,):
            yield Presentation(
                name=each.repeats.name,
                stimulus=stimulus,
                responses=each.responses,
                bin_duration_s=each.repeats.bin_duration_s,
                train=to_ranges(own, "train"),
                validation=to_ranges(own, "validation"),
                test=to_ranges(own, "test"),
                identity=identity if whole else "",
                behaviour=average_behaviour(each.behaviour),
                section=np.full(len(own), section) if each.repeats.is_image else None,
                response_kind=response_kind,
            )


def find_parts(answers: Sequence[Answered], parts: Parts) -> dict[str, set[str]]:
    """Return the parts of the split that each identity has bins in."""
    found: dict[str, set[str]] = {}
    for answered, own in zip(answers, parts, strict=True):
        found.setdefault(answered.repeats.identity, set()).update(np.unique(own).tolist())
    return found


def is_averaged(answered: Answered, parts_of: dict[str, set[str]]) -> bool:
    """Say whether the behaviour of several repeats has to be averaged."""
    here = parts_of[answered.repeats.identity]
    return answered.behaviour is not None and answered.repeats.count > 1 and (len(here) > 1 or "test" in here)


def average_behaviour(
    behaviour: Float32[np.ndarray, "repeat bin channel"] | None,
) -> Float32[np.ndarray, "bin channel"] | None:
    """Return the mean over the repeats in which a channel was measured, NaN where it was in none."""
    if behaviour is None:
        return None
    measured = ~np.isnan(behaviour)
    total = np.where(measured, behaviour, 0).sum(axis=0, dtype=np.float64)
    count = measured.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _divide(answered: Answered) -> Iterator[Answered]:
    return (answered.one_repeat(number) for number in range(answered.repeats.count))
