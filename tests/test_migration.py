"""Formats of a run folder: older ones are brought up to date step by step, newer ones are refused."""

from pathlib import Path

import pytest

from sysid.errors import SysidError
from sysid.migration import bring_up_to_date, check_format

WHERE = Path("run/run.json")


def name_words(information):
    return {"words": information["text"]} | {
        name: information[name] for name in information if name != "text"
    }


def split_words(information):
    return information | {"words": information["words"].split()}


STEPS = (name_words, split_words)


@pytest.mark.parametrize(
    "old",
    [
        {"text": "a b"},
        {"format": 1, "text": "a b"},
        {"format": 2, "words": "a b"},
        {"format": 3, "words": ["a", "b"]},
    ],
)
def test_every_earlier_format_says_the_same_in_the_present_one(old):
    before = dict(old)
    assert bring_up_to_date(old, WHERE, STEPS) == {"format": 3, "words": ["a", "b"]}
    assert old == before


def test_a_newer_format_is_one_line_that_says_what_to_install():
    with pytest.raises(SysidError) as error:
        bring_up_to_date({"format": 4}, WHERE, STEPS)
    assert str(error.value) == (
        "run/run.json: made by a newer sysid (format 4, this one knows 3): "
        "`pip install --upgrade neural-sysid`"
    )


@pytest.mark.parametrize("found", [0, -1, "", "one", None, 1.5, [], True])
def test_what_is_no_format_is_one_line(found):
    with pytest.raises(SysidError) as error:
        check_format(found, 3, WHERE)
    assert str(error.value) == f"run/run.json: format: expected a number from 1 to 3, got {found!r}"


def test_a_number_in_words_is_one():
    assert check_format("2", 3, WHERE) == 2  # as the header of safetensors has it
