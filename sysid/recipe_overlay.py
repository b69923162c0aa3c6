"""Lay tables over tables: profiles, variants, and single values of `--set`."""

import tomllib
from collections.abc import Sequence
from typing import Any

import attrs

from sysid.errors import SysidError
from sysid.toml_text import describe

Table = dict[str, Any]
SECTIONS = ("samples", "encoder", "core", "readout", "training", "analyses")
"""What a variant may have tables of, and so what makes two variants differ."""


def lay(base: Any, top: Any) -> Any:
    """Return `base` with `top` laid over it; neither is changed.

    Tables are merged key by key, but a table that says `use` replaces; so do arrays and single values.
    """
    if not isinstance(base, dict) or not isinstance(top, dict) or "use" in top:
        return top
    return base | {name: lay(base[name], value) if name in base else value for name, value in top.items()}


def belongs(table: Table, path: Sequence[str | int]) -> bool:
    """Say whether the value at a path below an overlay, or its absence, is the overlay's doing."""
    inner: Any = table
    for step in path:
        if not isinstance(inner, dict):  # an array or a value, which replaces what is below as a whole
            return True
        if step not in inner:
            return "use" in inner
        inner = inner[step]
    return True


def resolve_variant(document: Table, variant: str) -> Table:
    """Return the sections of a variant: its own tables laid over those of the recipe."""
    own = document["variants"][variant]
    return {name: lay(document.get(name, {}), own.get(name, {})) for name in SECTIONS}


@attrs.frozen
class Setting:
    """One `--set path=value`.

    Attributes:
        text: as given.
        path: keys from the top of the recipe; rows of an array by number, from 0.
        value: read as TOML where it is TOML, else a string.
    """

    text: str
    path: tuple[str, ...]
    value: Any


def parse_setting(text: str) -> Setting:
    """Read one `path=value`.

    Raises:
        SysidError: there is no path or no value.
    """
    path, _, value = text.partition("=")
    if not value.strip():
        raise SysidError(f"--set {text}: expected path=value")
    return Setting(text, _parse_path(path, text), _parse_value(value.strip()))


def _parse_path(path: str, text: str) -> tuple[str, ...]:
    try:
        table = tomllib.loads(f"{path.strip()} = 0")
    except (ValueError, RecursionError):  # what is no TOML, numbers of thousands of digits
        table = {}
    steps = []
    while isinstance(table, dict):
        if len(table) != 1:  # a comment, several lines
            raise SysidError(f"--set {text}: expected a path such as core.hidden_units before the =")
        ((step, table),) = table.items()
        steps.append(step)
    return tuple(steps)


def _parse_value(text: str) -> Any:
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return table["value"] if len(table) == 1 else text


def apply_setting(document: Table, setting: Setting) -> Table:
    """Return a recipe's tables with one value set; missing tables on the way are made.

    Raises:
        SysidError: the path goes through something that is neither table nor array, or to a row there is not.
    """
    return _set(document, setting.path, setting, 0)


def _set(inner: Any, path: tuple[str, ...], setting: Setting, depth: int) -> Any:
    if depth == len(path):
        return setting.value
    step, where = path[depth], f"--set {setting.text}: {'.'.join(path[:depth])}"
    if isinstance(inner, list):
        if not (step.isdecimal() and int(step) < len(inner)):
            raise SysidError(f'{where}: expected a row below {len(inner)}, got "{step}"')
        row = int(step)
        return [*inner[:row], _set(inner[row], path, setting, depth + 1), *inner[row + 1 :]]
    if not isinstance(inner, dict):
        raise SysidError(f"{where}: expected a table, got {describe(inner)}")
    return inner | {step: _set(inner.get(step, {}), path, setting, depth + 1)}
