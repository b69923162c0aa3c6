"""Tests of sysid/schema_type.py."""

from typing import Any, Literal

import attrs
import pytest

from sysid import key
from sysid.schema_type import describe_type, find_unsupported


@attrs.frozen
class Row:
    """A row."""

    table: dict[str, int] = key("a mapping")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (int, "int"),
        (float | None, "float or none"),
        (Literal["a", 2], '"a" | 2'),
        (tuple[float, ...], "array of float"),
        (tuple[tuple[int, ...], ...], "array of array of int"),
        (tuple[Row, ...], "array of tables"),
        (Row | None, "table or none"),
    ],
)
def test_types_have_words(kind: Any, words: str) -> None:
    assert describe_type(kind) == words


@pytest.mark.parametrize("kind", [dict, list[int], int | str, tuple[int, int], tuple, Any, complex])
def test_a_type_that_no_recipe_holds_is_found(kind: Any) -> None:
    cls = attrs.make_class("Config", {"good": attrs.field(type=int), "bad": attrs.field(type=kind)})
    (line,) = find_unsupported(cls)
    assert line.startswith("bad: expected a field of int, float, bool, str, Path, Literal")


def test_an_unsupported_type_is_found_in_a_nested_config() -> None:
    cls = attrs.make_class("Config", {"rows": attrs.field(type=tuple[Row, ...])})
    (line,) = find_unsupported(cls)
    assert line.startswith("rows.table: ")


def test_supported_types_pass() -> None:
    kinds = [int, bool | None, tuple[str, ...], Literal["a"], tuple[tuple[float, ...], ...]]
    cls = attrs.make_class("Config", {f"field{n}": attrs.field(type=kind) for n, kind in enumerate(kinds)})
    assert list(find_unsupported(cls)) == []
