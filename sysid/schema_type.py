"""Say a field's type in words, and which types a config may have."""

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from sysid.toml_text import write_value

PLAIN = {bool: "bool", int: "int", float: "float", str: "str", Path: "path"}


def describe_type(kind: Any) -> str:
    """Return a type in words: `int`, `"a" | "b"`, `array of float`, `array of tables`, `int or none`."""
    kind, optional = split_optional(kind)
    return f"{_describe(kind)} or none" if optional else _describe(kind)


def _describe(kind: Any) -> str:
    if kind in PLAIN:
        return PLAIN[kind]
    if get_origin(kind) is Literal:
        return " | ".join(write_value(choice) for choice in get_args(kind))
    if get_origin(kind) is tuple:
        entry = get_args(kind)[0]
        return "array of tables" if attrs.has(entry) else f"array of {describe_type(entry)}"
    return "table"


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


def find_unsupported(cls: type) -> Iterator[str]:
    """Yield a line for every field whose type no recipe can hold, nested configs included."""
    for field in attrs.fields(attrs.resolve_types(cls)):
        inner = nested_config(field.type)
        if inner is not None:
            yield from (f"{field.name}.{line}" for line in find_unsupported(inner))
        elif not _is_supported(field.type):
            yield (
                f"{field.name}: expected a field of int, float, bool, str, Path, Literal, tuple[T, ...], "
                f"a config or T | None, got {field.type}"
            )


def _is_supported(kind: Any) -> bool:
    kind, _ = split_optional(kind)
    if get_origin(kind) is tuple:
        entry, *rest = get_args(kind) or (None,)
        return rest == [...] and _is_supported(entry)
    return kind in PLAIN or get_origin(kind) is Literal or nested_config(kind) is not None
