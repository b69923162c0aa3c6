"""Tests of sysid/schema.py: strict, and every mistake at once."""

import json
from pathlib import Path
from typing import Any, Literal

import attrs
import pytest

from sysid import SysidError, key
from sysid.schema import structure, try_structure, unstructure

WHERE = "recipes/x.toml: core"


@attrs.frozen
class Row:
    """A row of an array of tables."""

    kernel_px: int = key("size", at_least=1)
    activation: Literal["relu", "elu"] = key("nonlinearity", default="relu")


@attrs.frozen
class Config:
    """Every type that a config may have."""

    hidden_units: int = key("units", default=8, at_least=1)
    rate: float = key("rate", default=0.5, above=0, at_most=1)
    on: bool = key("switch", default=True)
    name: str = key("name", default="a")
    path: Path | None = key("file", default=None)
    rows: tuple[Row, ...] = key("rows", default=())
    first: Row | None = key("row", default=None)
    scales: tuple[float, ...] = key("scales", default=(), above=0)
    mode: Literal["mean", "single"] = key("mode", default="mean")
    limit: float | None = key("limit", default=None, above=0)


@attrs.frozen
class Required:
    """A key without a default."""

    layers: tuple[Row, ...] = key("rows")
    units: int = key("units")


@attrs.frozen
class Pair:
    """A validator that looks at another field."""

    low: int = key("low", default=0)
    high: int = key("high", default=1, at_least=0)

    @high.validator
    def _check(self, _attribute: Any, value: int) -> None:
        if value <= self.low:
            raise ValueError(f"high: expected above low, got {value}")


def mistakes(cls: type, table: Any) -> list[str]:
    with pytest.raises(SysidError) as error:
        structure(cls, table, WHERE)
    return str(error.value).splitlines()


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ({"hidden_units": "32"}, 'core.hidden_units: expected int, got "32" (str)'),
        ({"hidden_units": True}, "core.hidden_units: expected int, got true (bool)"),
        ({"hidden_units": 2.0}, "core.hidden_units: expected int, got 2.0 (float)"),
        ({"hidden_units": 0}, "core.hidden_units: expected at least 1, got 0"),
        ({"hiden_units": 3}, 'core.hiden_units: unknown key; did you mean "hidden_units"?'),
        ({"zzz": 3}, "core.zzz: unknown key"),
        ({"rate": True}, "core.rate: expected float, got true (bool)"),
        ({"rate": "0.5"}, 'core.rate: expected float, got "0.5" (str)'),
        ({"rate": float("nan")}, "core.rate: expected a finite number, got nan"),
        ({"rate": 2}, "core.rate: expected at most 1, got 2.0"),
        ({"on": "false"}, 'core.on: expected bool, got "false" (str)'),
        ({"on": 1}, "core.on: expected bool, got 1 (int)"),
        ({"name": 3}, "core.name: expected str, got 3 (int)"),
        ({"path": ""}, 'core.path: expected a path, got "" (str)'),
        ({"path": 3}, "core.path: expected a path, got 3 (int)"),
        ({"scales": "12"}, 'core.scales: expected an array, got "12" (str)'),
        ({"scales": [1, "2"]}, 'core.scales[1]: expected float, got "2" (str)'),
        ({"scales": [1, -2]}, "core.scales: expected above 0, got -2.0"),
        ({"limit": "none"}, 'core.limit: expected float, got "none" (str)'),
        (
            {"mode": "sinle"},
            'core.mode: expected one of "mean", "single", got "sinle" (str); did you mean "single"?',
        ),
        ({"mode": 1}, 'core.mode: expected one of "mean", "single", got 1 (int)'),
        (
            {"rows": [{"kernel_px": 3}, {"kernel_px": 0}]},
            "core.rows[1].kernel_px: expected at least 1, got 0",
        ),
        ({"rows": [{}]}, "core.rows[0].kernel_px: expected int, got nothing; the key is required"),
        ({"rows": [3]}, "core.rows[0]: expected a table, got 3 (int)"),
        (
            {"first": {"kernel_px": 1, "activaton": "elu"}},
            'core.first.activaton: unknown key; did you mean "activation"?',
        ),
        (3, "core: expected a table, got 3 (int)"),
        ([], "core: expected a table, got [] (array)"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_key(table: Any, line: str) -> None:
    assert mistakes(Config, table) == [f"recipes/x.toml: {line}"]


def test_all_mistakes_are_told_at_once() -> None:
    table = {"hidden_units": "3", "rate": -1, "rows": [{"kernel_px": 0}, {"kernel_px": True}], "x": 1}
    assert [line.split(":")[1].strip() for line in mistakes(Config, table)] == [
        "core.hidden_units",
        "core.rate",
        "core.rows[0].kernel_px",
        "core.rows[1].kernel_px",
        "core.x",
    ]


def test_a_missing_required_key_is_a_mistake() -> None:
    assert mistakes(Required, {}) == [
        f"{WHERE}.layers: expected array of tables, got nothing; the key is required",
        f"{WHERE}.units: expected int, got nothing; the key is required",
    ]


def test_a_validator_that_needs_other_fields_waits_for_them() -> None:
    assert structure(Pair, {"low": 1, "high": 2}, WHERE) == Pair(1, 2)
    assert mistakes(Pair, {"low": 3, "high": 2}) == [f"{WHERE}: high: expected above low, got 2"]


def test_a_range_is_told_even_where_the_constructor_is_not_reached() -> None:
    assert mistakes(Pair, {"low": "x", "high": -1}) == [
        f'{WHERE}.low: expected int, got "x" (str)',
        f"{WHERE}.high: expected at least 0, got -1",
    ]


def test_ints_become_floats_arrays_tuples_and_strings_paths() -> None:
    config = structure(Config, {"rate": 1, "scales": [1, 2], "path": "a/b"}, WHERE)
    assert type(config.rate) is float
    assert config.scales == (1.0, 2.0)
    assert all(type(scale) is float for scale in config.scales)
    assert config.path == Path("a/b")


def test_a_table_goes_through_json_and_back() -> None:
    config = Config(
        path=Path("a/b"), rows=(Row(3), Row(5, "elu")), first=Row(1), scales=(0.1, 2.0), limit=None
    )
    table = unstructure(config)
    assert table["rows"] == [{"kernel_px": 3, "activation": "relu"}, {"kernel_px": 5, "activation": "elu"}]
    assert structure(Config, json.loads(json.dumps(table)), WHERE) == config


def test_keys_of_the_host_are_offered_for_an_unknown_one() -> None:
    _, found = try_structure(Config, {"stand_inn": "x"}, ("stand_in",))
    assert found[0].message == 'unknown key; did you mean "stand_in"?'


def test_a_bug_in_a_config_class_keeps_its_traceback() -> None:
    @attrs.frozen
    class Broken:
        units: int = key("units", default=1)

        def __attrs_post_init__(self) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        structure(Broken, {}, WHERE)
