"""The paths in a config's keys."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import attrs

Config = TypeVar("Config")


def all_paths(config: Any) -> list[Path]:
    """Return the paths in a config's keys, those of tables below it included."""
    found: list[Path] = []
    for field in attrs.fields(type(config)):
        value = getattr(config, field.name)
        for entry in value if isinstance(value, tuple) else (value,):
            if isinstance(entry, Path):
                found.append(entry.expanduser())
            elif attrs.has(type(entry)):
                found += all_paths(entry)
    return found


def change_paths(config: Config, change: Callable[[Path], Path]) -> Config:
    """Return a config with other paths in its own keys, not in those of tables below it.

    It is the same object where no key is a path.
    """
    changed = {
        field.alias: change(value)
        for field in attrs.fields(type(config))
        if isinstance(value := getattr(config, field.name), Path)
    }
    return attrs.evolve(config, **changed) if changed else config
