"""Turn the rows of `sessions` into one dataset: each row is laid over the table it stands in."""

from collections.abc import Iterator
from typing import Any

import attrs

from sysid.component import HOST_KEYS, Component
from sysid.configuration import SessionKeys
from sysid.joined_dataset import JoinedDataset, Member
from sysid.recipe_overlay import Table, lay
from sysid.schema import try_structure, unstructure
from sysid.schema_error import KeyPath, Mistake
from sysid.toml_text import describe

SESSIONS = "sessions"  # the key
PATH = "path"  # what a row means that is a string
ROW_KEYS = tuple(field.name for field in attrs.fields(SessionKeys))
STEPPED = ("folds", "fold")


def try_structure_sessions(
    component: Component, base: Table, rows: Any
) -> tuple[JoinedDataset | None, tuple[Mistake, ...]]:
    """Make the dataset of a table with `sessions`, or return None and what is wrong with it.

    Args:
        component: that reads every session.
        base: its keys in the table, which hold for all sessions.
        rows: of `sessions`, as TOML or JSON gives them.
    """
    if not isinstance(rows, list) or not rows:
        got = describe(rows) if rows != [] else "none"
        return None, (Mistake((SESSIONS,), f"expected at least one table or path in an array, got {got}"),)
    members: list[Member] = []
    mistakes: list[Mistake] = []
    for number, row in enumerate(rows):
        member, found = _try_structure_row(component, base, row, (SESSIONS, number))
        mistakes += found
        if member is not None:
            members.append(member)
    if not mistakes:
        mistakes += [*_check_names(members), *_check_recordings(members), *_check_steps(members)]
    return (None if mistakes else JoinedDataset(tuple(members))), tuple(dict.fromkeys(mistakes))


def unstructure_sessions(dataset: JoinedDataset) -> Table:
    """Return the table that `try_structure_sessions` reads back, every row complete."""
    rows = [{"name": member.name, **unstructure(member.config)} for member in dataset.members]
    return {SESSIONS: rows}


def _try_structure_row(
    component: Component, base: Table, row: Any, place: KeyPath
) -> tuple[Member | None, list[Mistake]]:
    """Make one session, or return None and its mistakes, each where the recipe has the key."""
    known = attrs.fields_dict(component.config_class)
    if isinstance(row, str) and PATH not in known:
        return None, [
            Mistake(place, f'expected a table, as "{component.name}" has no key `path`, got "{row}"')
        ]
    if not isinstance(row, str | dict):
        return None, [Mistake(place, f"expected a table or a path, got {describe(row)}")]
    table = {PATH: row} if isinstance(row, str) else row
    if foreign := [key for key in HOST_KEYS["dataset"] if key in table]:
        message = "expected the key in the dataset's table, as it holds for all sessions"
        return None, [Mistake((*place, key), message) for key in foreign]
    keys, found = try_structure(SessionKeys, {key: value for key, value in table.items() if key in ROW_KEYS})
    mistakes = [attrs.evolve(each, path=(*place, *each.path)) for each in found]
    own = {key: value for key, value in table.items() if key not in ROW_KEYS}
    config, found = try_structure(component.config_class, lay(base, own), (*HOST_KEYS["dataset"], *ROW_KEYS))
    for each in found:
        is_of_base = bool(each.path) and each.path[0] in base and each.path[0] not in own
        is_the_string = isinstance(row, str) and each.path == (PATH,)
        path = each.path if is_of_base else place if is_the_string else (*place, *each.path)
        mistakes.append(attrs.evolve(each, path=path))
    if keys is None or config is None:
        return None, mistakes
    return Member(keys.name, config), []


def _check_names(members: list[Member]) -> Iterator[Mistake]:
    """Yield names that two rows give."""
    given = [member.name for member in members]
    for number, name in enumerate(given):
        if name is not None and name in given[:number]:
            yield Mistake((SESSIONS, number, "name"), f'"{name}" is the name of another session already')


def _check_recordings(members: list[Member]) -> Iterator[Mistake]:
    """Yield rows that read what another reads: it would count twice."""
    configs = [member.config for member in members]
    for number, config in enumerate(configs):
        if (first := configs.index(config)) < number:
            yield Mistake(
                (SESSIONS, number), f"expected another recording than that of row {first}, got the same"
            )


def _check_steps(members: list[Member]) -> Iterator[Mistake]:
    """Yield sessions at another fold than the first: a run is one fold of all its sessions."""
    first = members[0].config
    for key in (key for key in STEPPED if key in attrs.fields_dict(type(first))):
        one = getattr(first, key)
        for number, member in enumerate(members):
            if (other := getattr(member.config, key)) != one:
                message = f"expected {one}, as in the first session, got {other}"
                yield Mistake((SESSIONS, number, key), message)
