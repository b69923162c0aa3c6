"""Find series of a file by name, by path, or by the name of what they are in."""

from collections.abc import Sequence

from pynwb import NWBFile, ProcessingModule, TimeSeries

from sysid import SysidError
from sysid_datasets.neurodata.listing import list_some, suggest
from sysid_datasets.neurodata.opening import Opened, where

MOST_NAMES = 12  # of what there is, in a message


def find_series(
    opened: Opened,
    name: str,
    known: Sequence[TimeSeries],
    what: str,
    *,
    together: bool = False,
    others: Sequence[str] = (),
) -> tuple[TimeSeries, ...]:
    """Return the series that a name means: one, or all that are in the container of that name.

    A name may be the end of a path: `plane0`, `DfOverF/plane0`, `ophys/DfOverF/plane0`.

    Args:
        opened: the file.
        name: as the recipe has it.
        known: those that may be meant.
        what: is looked for, in words.
        together: whether a name may mean several series that lie alike, each in a container of the same name.
        others: what the recipe may say instead, which `name` may be meant for.

    Raises:
        SysidError: nothing has that name, or several series that do not belong together have it.
    """
    parts = tuple(name.strip("/").split("/"))
    ordered = sorted(known, key=where)
    found = tuple(each for each in ordered if _ends_with(where(each), parts))
    if not found:
        found = tuple(each for each in ordered if _is_within(each, parts))
        return found or _fail(opened, name, ordered, what, others)
    if len(found) > 1 and not (together and len({name_container(each) for each in found}) == 1):
        raise SysidError(
            f'{opened.path}: expected a name or path of one {what}, got "{name}", which is {_list(found)}'
        )
    return found


def name_container(series: TimeSeries) -> str:
    """Return the name of what a series is in, empty where that is a module or the file itself."""
    inside = series.parent
    return "" if inside is None or isinstance(inside, ProcessingModule | NWBFile) else inside.name


def _fail(
    opened: Opened, name: str, known: Sequence[TimeSeries], what: str, others: Sequence[str]
) -> tuple[TimeSeries, ...]:
    """Say that nothing has the name, what there is, and what may have been meant."""
    names = {text for each in known for text in (each.name, where(each), name_container(each))}
    there = _list(known) if known else "a file without any"
    meant = suggest(name, sorted({*names, *others} - {""}))
    raise SysidError(f'{opened.path}: expected a {what} "{name}", got {there}{meant}')


def _list(series: Sequence[TimeSeries]) -> str:
    return list_some([where(each) for each in series], MOST_NAMES)


def _ends_with(place: str, parts: tuple[str, ...]) -> bool:
    return tuple(place.split("/"))[-len(parts) :] == parts


def _is_within(series: TimeSeries, parts: tuple[str, ...]) -> bool:
    """Say whether a series is in the container, which is no module: that has all kinds of things."""
    return bool(name_container(series)) and _ends_with(where(series.parent), parts)
