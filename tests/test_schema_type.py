"""Tests of sysid/schema_type.py."""

from typing import Any, Literal

import attrs
import pytest

from sysid import Core, Dataset, Encoder, Readout, key
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
        (Readout, "table of a readout"),
        (Encoder | None, "table of an encoder or none"),
    ],
)
def test_types_have_words(kind: Any, words: str) -> None:
    assert describe_type(kind) == words


@attrs.frozen
class Wrap:
    """A table with a part in it."""

    core: Core = key("a core")


@pytest.mark.parametrize(
    "kind", [dict, list[int], int | str, tuple[int, int], tuple, Any, complex, Dataset, tuple[Core, ...]]
)
def test_a_type_that_no_recipe_holds_is_found(kind: Any) -> None:
    cls = attrs.make_class("Config", {"good": attrs.field(type=int), "bad": attrs.field(type=kind)})
    (line,) = find_unsupported(cls)
    assert line.startswith("bad: expected a field of int, float, bool, str, Path, Literal")


def test_an_unsupported_type_is_found_in_a_nested_config() -> None:
    cls = attrs.make_class("Config", {"rows": attrs.field(type=tuple[Row, ...])})
    (line,) = find_unsupported(cls)
    assert line.startswith("rows.table: ")


def test_a_part_is_found_in_a_table_below_where_nothing_looks_its_name_up() -> None:
    cls = attrs.make_class("Config", {"core": attrs.field(type=Core), "below": attrs.field(type=Wrap)})
    assert list(find_unsupported(cls)) == [
        "below.core: expected a part in the component's own table, got one in a table below"
    ]


def test_supported_types_pass() -> None:
    kinds = [
        Readout,
        Core | None,
        int,
        bool | None,
        tuple[str, ...],
        Literal["a"],
        tuple[tuple[float, ...], ...],
    ]
    cls = attrs.make_class("Config", {f"field{n}": attrs.field(type=kind) for n, kind in enumerate(kinds)})
    assert list(find_unsupported(cls)) == []
