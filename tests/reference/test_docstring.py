"""Tests of sysid/reference/docstring.py."""

import pytest

from sysid.reference.docstring import read_docstring


def scale(values, gain):
    """Scale values.

    A second paragraph, Args: and all.

    Args:
        values: (bin,), of which
            one may be NaN.
        gain, offset: what they are scaled by.

    Returns:
        (bin,), what came of it:
        nothing less.

    Raises:
        ValueError: no values.
    """


class Base:
    """Say what a base is."""


class Silent(Base):
    pass


def test_text_and_sections_are_told_apart():
    docstring = read_docstring(scale)
    assert docstring.text == "Scale values.\n\nA second paragraph, Args: and all."
    assert docstring.names("Args") == ("values", "gain", "offset")
    assert docstring.names("Raises") == ("ValueError",)
    assert docstring.names("Attributes") == ()


def test_sections_become_lists():
    assert list(read_docstring(scale).blocks())[1:] == [
        "**Args**",
        "- `values`: (bin,), of which one may be NaN.",
        "- `gain`, `offset`: what they are scaled by.",
        "**Returns**",
        "(bin,), what came of it:\nnothing less.",
        "**Raises**",
        "- `ValueError`: no values.",
    ]


def test_a_class_does_not_speak_for_its_base():
    assert read_docstring(Base).text == "Say what a base is."
    assert read_docstring(Silent).text == ""


def test_an_entry_without_a_name_is_a_mistake():
    def wrong(values):
        """Scale.

        Args:
            whatever comes
        """

    with pytest.raises(ValueError, match='Args: expected "name: meaning", got "whatever comes"'):
        read_docstring(wrong)
