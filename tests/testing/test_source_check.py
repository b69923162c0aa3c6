"""Tests for `sysid.testing.source_check`: what counts as a source."""

import subprocess
import sys

import pytest

from sysid.testing.source_check import names_source


@pytest.mark.parametrize(
    "text",
    [
        "Run simple units (Elman 1990).",
        "The readout of Klindt, Ecker, Euler and Bethge (2017), in words.",
        "As in McIntosh et al. 2016.",
        "With coupling (Pillow et al., 2008).",
        "Divide by the pool, Heeger & Simoncelli, 1993.",
        "See 10.1016/j.patter.2021.100350.",
        "See arXiv:1711.02653.",
        "See https://example.org/paper.",
    ],
)
def test_a_name_with_a_year_or_a_link_is_a_source(text):
    assert names_source(text)


@pytest.mark.parametrize("text", ["Average features over time.", "In 2021 nobody did.", "Dale did it.", ""])
def test_neither_is_none(text):
    assert not names_source(text)


SCRIPT = """
import attrs, sysid
from sysid.testing import check_core

@attrs.frozen
class Nameless(sysid.Core):
    "Do it."

    def build(self, input_shape):
        raise NotImplementedError

assert False, "asserts are off"
check_core(Nameless())
"""


def test_checks_hold_where_asserts_are_off():
    done = subprocess.run([sys.executable, "-O", "-c", SCRIPT], capture_output=True, text=True)
    assert "AssertionError: check_core: source: Nameless(): expected a docstring" in done.stderr
