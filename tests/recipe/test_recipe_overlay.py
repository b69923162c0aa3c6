"""Tests of sysid/recipe_overlay.py."""

import copy
from typing import Any

import pytest

from sysid import SysidError
from sysid.recipe_overlay import apply_setting, belongs, lay, parse_setting, resolve_variant

BASE = {"core": {"use": "lstm", "units": 3, "gates": {"hard": True, "bias": 1}}, "rows": [{"a": 1}, {"a": 2}]}


@pytest.mark.parametrize(
    ("top", "core"),
    [
        ({"core": {"units": 5}}, {"use": "lstm", "units": 5, "gates": {"hard": True, "bias": 1}}),
        ({"core": {"gates": {"bias": 2}}}, {"use": "lstm", "units": 3, "gates": {"hard": True, "bias": 2}}),
        ({"core": {"use": "lstm", "units": 5}}, {"use": "lstm", "units": 5}),
        ({"core": {"l2": 0.1}}, {**BASE["core"], "l2": 0.1}),
    ],
)
def test_a_table_is_laid_over_and_one_with_use_replaces(top: dict[str, Any], core: dict[str, Any]) -> None:
    before = copy.deepcopy(BASE)
    assert lay(BASE, top) == {"core": core, "rows": BASE["rows"]}
    assert before == BASE


def test_an_array_is_replaced_whole() -> None:
    assert lay(BASE, {"rows": [{"a": 9}]})["rows"] == [{"a": 9}]


def test_a_new_section_comes_in() -> None:
    assert lay({}, {"training": {"epochs": 1}}) == {"training": {"epochs": 1}}


def test_an_overlay_answers_for_what_it_says_and_for_all_of_what_it_replaces() -> None:
    overlay = {"core": {"use": "gru"}, "training": {"epochs": 1}, "rows": [1]}
    assert belongs(overlay, ("core", "units"))
    assert belongs(overlay, ("training", "epochs"))
    assert belongs(overlay, ("rows", 0))
    assert not belongs(overlay, ("training", "seeds"))
    assert not belongs(overlay, ("readout", "use"))


def test_a_variant_is_its_tables_over_those_of_the_recipe() -> None:
    document = {
        "core": {"use": "lstm", "units": 3},
        "analyses": {"sta": {"use": "sta", "lags": 5}},
        "variants": {"a": {"core": {"units": 4}, "analyses": {"sta": {"lags": 6}, "svd": {"use": "svd"}}}},
    }
    sections = resolve_variant(document, "a")
    assert sections["core"] == {"use": "lstm", "units": 4}
    assert sections["analyses"] == {"sta": {"use": "sta", "lags": 6}, "svd": {"use": "svd"}}
    assert sections["training"] == {}


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("a.b=3", ("a", "b"), 3),
        ("a = 1e-3", ("a",), 1e-3),
        ("a=true", ("a",), True),
        ("a=[1, 2]", ("a",), [1, 2]),
        ("a=gru", ("a",), "gru"),
        ('a="3"', ("a",), "3"),
        ("a=x=y", ("a",), "x=y"),
        ("a={use = 'gru', b = 1}", ("a",), {"use": "gru", "b": 1}),
        ("a=1\nb=2", ("a",), "1\nb=2"),
        ('a."b.c".0.d=/tmp/x', ("a", "b.c", "0", "d"), "/tmp/x"),
    ],
)
def test_a_setting_is_a_path_and_a_toml_value_or_a_word(text: str, path: tuple[str, ...], value: Any) -> None:
    setting = parse_setting(text)
    assert (setting.path, setting.value) == (path, value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a", "--set a: expected path=value"),
        ("a.b=", "--set a.b=: expected path=value"),
        ("=3", "--set =3: expected a path such as core.hidden_units before the ="),
        ("a..b=3", "--set a..b=3: expected a path such as core.hidden_units before the ="),
        ("a b=3", "--set a b=3: expected a path such as core.hidden_units before the ="),
    ],
)
def test_what_is_no_setting_is_refused(text: str, message: str) -> None:
    with pytest.raises(SysidError) as error:
        parse_setting(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("core.units=5", {"core": {**BASE["core"], "units": 5}, "rows": BASE["rows"]}),
        ("rows.1.a=7", {"core": BASE["core"], "rows": [{"a": 1}, {"a": 7}]}),
        ("rows.0={a=3}", {"core": BASE["core"], "rows": [{"a": 3}, {"a": 2}]}),
        ("training.epochs=1", {**BASE, "training": {"epochs": 1}}),
    ],
)
def test_a_setting_sets_one_value_and_leaves_the_rest(text: str, changed: dict[str, Any]) -> None:
    before = copy.deepcopy(BASE)
    assert apply_setting(BASE, parse_setting(text)) == changed
    assert before == BASE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rows.2.a=7", '--set rows.2.a=7: rows: expected a row below 2, got "2"'),
        ("rows.a=7", '--set rows.a=7: rows: expected a row below 2, got "a"'),
        ("core.units.x=7", "--set core.units.x=7: core.units: expected a table, got 3 (int)"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(text: str, message: str) -> None:
    with pytest.raises(SysidError) as error:
        apply_setting(BASE, parse_setting(text))
    assert str(error.value) == message
