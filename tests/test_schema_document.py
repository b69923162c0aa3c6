"""Tests of sysid/schema_document.py."""

from pathlib import Path
from typing import Literal

import attrs

from sysid import key
from sysid.schema_document import FieldDocument, document


@attrs.frozen
class Row:
    """A row."""

    kernel_px: int = key("size of a kernel", unit="px", at_least=1)


@attrs.frozen
class Config:
    """A config."""

    layers: tuple[Row, ...] = key("the layers")
    only: Row = key("one row", default=Row(3))
    mode: Literal["a", "b"] = key("the mode", default="a")
    path: Path | None = key("the file", default=None)
    seeds: tuple[int, ...] = key("the seeds", default=(0, 1), at_least=0)
    on: bool = key("the switch", default=True)


def test_every_key_is_described_nested_ones_behind_their_own() -> None:
    assert document(Config) == (
        FieldDocument("layers", "array of tables", None, "", "", "the layers"),
        FieldDocument("layers[].kernel_px", "int", None, "px", "at least 1", "size of a kernel"),
        FieldDocument("only", "table", "{kernel_px = 3}", "", "", "one row"),
        FieldDocument("only.kernel_px", "int", None, "px", "at least 1", "size of a kernel"),
        FieldDocument("mode", '"a" | "b"', '"a"', "", "", "the mode"),
        FieldDocument("path", "path or none", "none", "", "", "the file"),
        FieldDocument("seeds", "array of int", "[0, 1]", "", "at least 0", "the seeds"),
        FieldDocument("on", "bool", "true", "", "", "the switch"),
    )


def test_a_key_without_a_default_is_required() -> None:
    assert [field.name for field in document(Config) if field.required] == [
        "layers",
        "layers[].kernel_px",
        "only.kernel_px",
    ]
