"""Say a field's type in words, and which types a config may have."""

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from sysid.interface import Core, Encoder, Readout
from sysid.toml_text import write_value

PLAIN = {bool: "bool", int: "int", float: "float", str: "str", Path: "path"}
PARTS = {Encoder: "encoder", Core: "core", Readout: "readout"}
"""Interfaces that a key may have for its type: its table is a part of that kind, with a `use` of its own."""


def describe_type(kind: Any) -> str:
    """Return a type in words: `int`, `"a" | "b"`, `array of tables`, `table of a readout`, `int or none`."""
    kind, optional = split_optional(kind)
    return f"{_describe(kind)} or none" if optional else _describe(kind)


def _describe(kind: Any) -> str:
    if kind in PLAIN:
        return PLAIN[kind]
    if kind in PARTS:
        return f"table of {article(PARTS[kind])}"
    if get_origin(kind) is Literal:
        return " | ".join(write_value(choice) for choice in get_args(kind))
    if get_origin(kind) is tuple:
        entry = get_args(kind)[0]
        return "array of tables" if attrs.has(entry) else f"array of {describe_type(entry)}"
    return "table"


def article(word: str) -> str:
    """Return a word behind "a" or "an"."""
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def split_optional(kind: Any) -> tuple[Any, bool]:
    """Return `T` and True for `T | None`, else the type itself and False."""
    if get_origin(kind) in (Union, types.UnionType):
        inner = [member for member in get_args(kind) if member is not type(None)]
        if len(inner) == 1:
            return inner[0], True
    return kind, False


def nested_config(kind: Any) -> type | None:
    """Return the config class in `Config`, `Config | None` or `tuple[Config, ...]`, None for other types."""
    kind, _ = split_optional(kind)
    if get_origin(kind) is tuple:
        kind = get_args(kind)[0]
    return kind if isinstance(kind, type) and attrs.has(kind) else None


def part_fields(cls: type) -> dict[str, Any]:
    """Return which keys of a config hold a part of their own: key → interface, such as `Readout`."""
    kinds = {field.name: split_optional(field.type)[0] for field in attrs.fields(attrs.resolve_types(cls))}
    return {name: kind for name, kind in kinds.items() if kind in PARTS}


def find_unsupported(cls: type, *, nested: bool = False) -> Iterator[str]:
    """Yield a line for every field whose type no recipe can hold, nested configs included.

    A part may only stand in a component's own table, where its `use` is looked up.
    """
    for field in attrs.fields(attrs.resolve_types(cls)):
        inner = nested_config(field.type)
        if inner is not None:
            yield from (f"{field.name}.{line}" for line in find_unsupported(inner, nested=True))
        elif split_optional(field.type)[0] in PARTS:
            if nested:
                yield f"{field.name}: expected a part in the component's own table, got one in a table below"
        elif not _is_supported(field.type):
            yield (
                f"{field.name}: expected a field of int, float, bool, str, Path, Literal, tuple[T, ...], "
                f"a config, a part or T | None, got {field.type}"
            )


def _is_supported(kind: Any) -> bool:
    kind, _ = split_optional(kind)
    if get_origin(kind) is tuple:
        entry, *rest = get_args(kind) or (None,)
        return rest == [...] and _is_supported(entry)
    return kind in PLAIN or get_origin(kind) is Literal or nested_config(kind) is not None
