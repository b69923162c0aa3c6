"""Tests of sysid/toml_text.py."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from sysid.toml_text import describe, write_value


@pytest.mark.parametrize(
    "value", [True, 3, 0.1, 1e-7, 'a "quoted" \\ é', [1, [2.5, "x"]], {"a": 1, "b": {"c": [False]}}]
)
def test_what_is_written_reads_back(value: Any) -> None:
    assert tomllib.loads(f"value = {write_value(value)}") == {"value": value}


def test_paths_are_strings_and_none_has_a_word() -> None:
    assert write_value((Path("a/b"), None)) == '["a/b", none]'


def test_a_value_is_described_with_its_type() -> None:
    assert describe([1, 2]) == "[1, 2] (array)"
    assert describe({"x": "y"}) == '{x = "y"} (table)'


def test_a_long_value_is_cut() -> None:
    text = describe("a" * 100)
    assert text.endswith("…" + " (str)")
    assert len(text) == 60 + len(" (str)")
