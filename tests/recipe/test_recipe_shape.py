"""Tests of sysid/recipe_shape.py."""

from typing import Any

import pytest

from sysid.recipe_shape import find_misshapen, find_unknown_keys, find_unknown_names
from sysid.schema_error import in_line


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ({"traning": {}}, 'x.traning: unknown key; did you mean "training"?'),
        ({"variants": {"a": {"corre": {}}}}, 'x.variants.a.corre: unknown key; did you mean "core"?'),
        (
            {"profiles": {"q": {"publishd": []}}},
            "x.profiles.q.publishd: unknown key",
        ),
        (
            {"profiles": {"q": {"variants": {"a": {"use": "x"}}}}},
            "x.profiles.q.variants.a.use: unknown key",
        ),
    ],
)
def test_unknown_keys_are_found_at_every_level(document: dict[str, Any], line: str) -> None:
    assert [in_line(found, "x") for found in find_unknown_keys(document)] == [line]


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ({"core": 3}, "x.core: expected a table, got 3 (int)"),
        ({"datasets": []}, "x.datasets: expected a table, got [] (array)"),
        ({"datasets": {"a": 3}}, "x.datasets.a: expected a table, got 3 (int)"),
        ({"analyses": {"use": {}}}, 'x.analyses.use: expected another name than "use", which is a key'),
        (
            {"datasets": {"a/b": {}}},
            'x.datasets: expected a name of letters, digits, "_", "-" and ".", got "a/b"',
        ),
        (
            {"variants": {"summary": {}}},
            'x.variants.summary: expected another name than "summary", a folder beside it',
        ),
        ({"variants": {"a": {"core": "lstm"}}}, 'x.variants.a.core: expected a table, got "lstm" (str)'),
        (
            {"variants": {"a": {"analyses": {"b": 1}}}},
            "x.variants.a.analyses.b: expected a table, got 1 (int)",
        ),
        (
            {"variants": {"a": {"datasets": []}}},
            "x.variants.a.datasets: expected an array of dataset names, got [] (array)",
        ),
        (
            {"variants": {"a": {"datasets": "movie1"}}},
            'x.variants.a.datasets: expected an array of dataset names, got "movie1" (str)',
        ),
    ],
)
def test_what_is_no_table_is_found(document: dict[str, Any], line: str) -> None:
    assert [in_line(found, "x") for found in find_misshapen(document)] == [line]


def test_a_sound_outline_passes() -> None:
    document = {
        "datasets": {"movie-1.x": {}},
        "core": {},
        "variants": {"a": {"core": {}, "datasets": ["movie-1.x"], "analyses": {"b": {}}}},
        "profiles": {"quick": {"variants": {"a": {"training": {}}}, "datasets": {}}},
        "published": [],
    }
    assert [*find_unknown_keys(document), *find_misshapen(document)] == []


def test_a_profile_names_what_is_there_or_brings_it_whole() -> None:
    document = {"datasets": {"movie1": {}}, "variants": {"base": {}}, "analyses": {}}
    overlay = {
        "datasets": {"movie1": {}, "movie2": {}, "movie3": {"use": "noise"}},
        "variants": {"bass": {}, "base": {}},
        "analyses": {"sta": {"use": "sta"}},
    }
    assert [in_line(found, "x") for found in find_unknown_names(document, overlay)] == [
        'x.variants.bass: unknown name; did you mean "base"?',
        'x.datasets.movie2: unknown name; did you mean "movie1"?',
    ]
