"""Tests of sysid/reference/signature.py: signatures read as the source has them."""

import functools
import sys
from pathlib import Path

import attrs
import numpy as np
import pytest

from sysid.reference.signature import (
    alias_source,
    class_signature,
    function_signature,
    parameter_names,
    property_signature,
)

LIMIT = 12
Pair = tuple[int, int]
"""Two of them."""
Silent = tuple[int, int, int]


def scale(values: "np.ndarray", /, gain: float = 1.0, *, limit: int = LIMIT, **more: str) -> "np.ndarray":
    """Scale."""


def count(*names: str, plain="a") -> int:
    """Count."""


@functools.wraps(scale)
def wrapped(*arguments, **keywords):
    """Wrap it, as the type checker of the tests does."""


@attrs.frozen
class Record:
    """Hold a record."""

    name: str
    path: Path = Path("runs")
    lowest: float = np.nan
    values: np.ndarray = attrs.field(factory=lambda: np.zeros(2))
    notes: tuple[str, ...] = attrs.field(default=(), kw_only=True)

    @property
    def length(self) -> int:
        """How many values."""


@attrs.frozen
class Opened:
    """Hold what only the module itself can make."""

    name: str
    _hidden: int


class Derived(Record):
    """Derive."""


def test_a_function_has_types_as_written_and_defaults_as_they_are():
    assert function_signature(scale, "scale") == "\n".join(
        [
            "def scale(",
            '    values: "np.ndarray",',
            "    /,",
            "    gain: float = 1.0,",
            "    *,",
            "    limit: int = 12,",
            "    **more: str,",
            ') -> "np.ndarray"',
        ]
    )
    assert function_signature(count, "Names.count") == 'def Names.count(*names: str, plain="a") -> int'
    assert function_signature(wrapped, "scale") == function_signature(scale, "scale")


def test_what_is_given_leaves_out_the_object_itself():
    assert parameter_names(count) == ("names", "plain")
    assert parameter_names(Record.length.fget) == ()


def test_a_property_is_a_name_with_a_type():
    assert property_signature(Record.length.fget, "Record.length") == "Record.length: int"


def test_an_attrs_class_is_made_of_its_fields():
    assert class_signature(Record, "Record") == "\n".join(
        [
            "class Record(",
            "    name: str,",
            '    path: Path = Path("runs"),',
            '    lowest: float = float("nan"),',
            "    values: np.ndarray = ...,",
            "    *,",
            "    notes: tuple[str, ...] = (),",
            ")",
        ]
    )


def test_another_class_says_what_it_derives_from():
    assert class_signature(Opened, "Opened") == "class Opened"
    assert class_signature(Derived, "Derived") == "class Derived(Record)"


def test_an_alias_has_its_source_and_what_stands_below_it():
    module = sys.modules[__name__]
    assert alias_source(module, "Pair") == ("Pair = tuple[int, int]", "Two of them.")
    assert alias_source(module, "Silent") == ("Silent = tuple[int, int, int]", "")
    with pytest.raises(ValueError, match="expected Nobody to be assigned in it"):
        alias_source(module, "Nobody")
