"""Find the bins that a recipe holds out for the test by naming what was shown or an interval table."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float64

from sysid import SysidError
from sysid_datasets.neurodata.grouping import Repeats
from sysid_datasets.neurodata.listing import list_some

Marks = list[Bool[np.ndarray, " _"]]
MOST_NAMES = 12  # told in a message; a file may show thousands of images


def mark_held_out(
    repeats: Sequence[Repeats],
    names: Sequence[str],
    tables: dict[str, Float64[np.ndarray, "interval 2"]],
    where: str,
) -> Marks:
    """Mark the bins to test on: those of what was shown by a name, or within the intervals of a table.

    A name means a series or table, what it shows, or one presentation. Bins whose middle is in an interval in
    any repeat are marked; of images, and of movies that several presentations show, all is marked then, as
    what is shown must be in one part.

    Raises:
        SysidError: a name that is none of these, or nothing is left to train on.
    """
    marks = [np.zeros(len(each.frame), dtype=bool) for each in repeats]
    for name in names:
        shown = [name in (each.source, each.identity, each.name) for each in repeats]
        if not any(shown) and name not in tables:
            raise SysidError(f'{where}: test: expected one of {_list_known(repeats, tables)}, got "{name}"')
        for number, each in enumerate(repeats):
            marks[number] |= shown[number] if any(shown) else _fall_in(each, tables[name])
    _keep_together(repeats, marks)
    if names and all(each.all() for each in marks):
        raise SysidError(
            f"{where}: test: expected something left to train on, got all that was shown held out by "
            f"{', '.join(names)}"
        )
    return marks


def _fall_in(repeats: Repeats, intervals: Float64[np.ndarray, "interval 2"]) -> Bool[np.ndarray, " bin"]:
    if not len(intervals):
        return np.zeros(len(repeats.frame), dtype=bool)
    middle_s = (repeats.edges_s[:, :-1] + repeats.edges_s[:, 1:]) / 2  # repeat bin
    ordered = intervals[np.argsort(intervals[:, 0], kind="stable")]
    reach_s = np.maximum.accumulate(ordered[:, 1])  # rows may overlap
    at = np.searchsorted(ordered[:, 0], middle_s, side="right") - 1
    return ((at >= 0) & (middle_s < reach_s[np.maximum(at, 0)])).any(axis=0)


def _keep_together(repeats: Sequence[Repeats], marks: Marks) -> None:
    """Mark all of what is shown by several presentations, or is an image, where any of it is marked."""
    alike: dict[str, list[int]] = {}
    for number, each in enumerate(repeats):
        alike.setdefault(each.identity, []).append(number)
    for numbers in alike.values():
        whole = len(numbers) > 1 or repeats[numbers[0]].is_image
        if whole and any(marks[number].any() for number in numbers):
            for number in numbers:
                marks[number][:] = True


def _list_known(repeats: Sequence[Repeats], tables: dict[str, Float64[np.ndarray, "interval 2"]]) -> str:
    """Name the series, tables and what they show: the first so many."""
    names = [each.source for each in repeats] + [each.identity for each in repeats] + list(tables)
    distinct = list(dict.fromkeys(names))
    return list_some([f'"{name}"' for name in distinct], MOST_NAMES)
