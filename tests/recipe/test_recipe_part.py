"""Parts within parts: a key of a component that holds another, which its own `use` names."""

import json
from collections.abc import Callable

import attrs
import pytest

from sysid import Core, Readout, key
from sysid.component import Component
from sysid.recipe import Recipe
from sysid.registry import Plugin, Registry
from sysid.run_plan import structure_component
from tests.recipe.conftest import Dense, Lstm, never

Load = Callable[..., Recipe]
Mistakes = Callable[..., list[str]]

RECIPE = """
[datasets.noise]
use = "noise"

[readout]
use = "wrap"
strength = 2.0

[readout.inner]
use = "dense"
l2 = 0.5
"""


@attrs.frozen
class Wrap(Readout):
    """A readout with another inside, and a core where one is wished."""

    inner: Readout = key("the other")
    before: Core | None = key("a core before it", default=None)
    strength: float = key("strength", default=1.0)

    build = never


@pytest.fixture
def registry(registry: Registry) -> Registry:
    """Offer also a readout that wraps, and a stranger's that may be wrapped."""
    made = (
        Component("readout", "wrap", Wrap, "neural-sysid", "1", "shipped"),
        Component("readout", "acme:dense", Dense, "acme-sysid", "3", "acme"),
    )
    return attrs.evolve(registry, plugins=(*registry.plugins, Plugin("more", "neural-sysid", "1", made)))


def test_the_table_in_a_key_is_a_part_of_its_own(load: Load) -> None:
    (run,) = load(RECIPE).runs
    assert run.readout == Wrap(inner=Dense(l2=0.5), strength=2.0)
    assert [(name, part.name) for name, part in run.components["readout"].parts] == [("inner", "dense")]


def test_parts_are_as_deep_as_they_are_written(load: Load) -> None:
    deep = (
        'inner = {use = "wrap", inner = {use = "acme:dense"}, before = {use = "acme:lstm", hidden_units = 3}}'
    )
    (run,) = load(f'[datasets.noise]\nuse = "noise"\n[readout]\nuse = "wrap"\n{deep}\n').runs
    assert run.readout == Wrap(inner=Wrap(inner=Dense(), before=Lstm(hidden_units=3)))
    names = [part.name for part in run.components["readout"].with_parts()]
    assert names == ["wrap", "wrap", "acme:dense", "acme:lstm"]


def test_what_run_json_holds_is_read_back(load: Load, registry: Registry) -> None:
    (run,) = load(RECIPE).runs
    table = json.loads(json.dumps(run.resolved()["readout"]))
    assert table == {
        "use": "wrap",
        "inner": {"use": "dense", "l2": 0.5},
        "before": None,
        "strength": 2.0,
    }
    component, config = structure_component(registry, "readout", table, "run.json")
    assert (component, config) == (run.components["readout"], run.readout)


def test_a_variant_and_a_setting_reach_into_it(load: Load) -> None:
    text = RECIPE + '[variants.plain]\n[variants.other.readout.inner]\nuse = "acme:dense"\nl2 = 3\n'
    recipe = load(text, settings=["readout.inner.l2=0.25"])
    assert [run.readout.inner.l2 for run in recipe.runs] == [0.25, 3.0]
    assert recipe.changed_by_settings == ("plain/noise/fold0/seed0",)


@pytest.mark.parametrize(
    ("inner", "line"),
    [
        ('{use = "dens"}', 'readout.inner.use: unknown readout "dens"; did you mean "dense"?'),
        ('{use = "lstm"}', 'readout.inner.use: unknown readout "lstm"; "lstm" is one of the cores'),
        ('{use = "dense", l2_ = 1}', 'readout.inner.l2_: unknown key; did you mean "l2"?'),
        (
            "{l2 = 1}",
            "readout.inner.use: expected one of the readouts by name, got nothing; the key is required",
        ),
        (
            '"dense"',
            'readout.inner: expected a table that says which readout to use, got "dense" (str)',
        ),
    ],
)
def test_a_mistake_inside_is_one_line_where_it_was_written(mistakes: Mistakes, inner: str, line: str) -> None:
    text = f'[datasets.noise]\nuse = "noise"\n[readout]\nuse = "wrap"\ninner = {inner}\n'
    assert mistakes(text) == [f"x.toml: {line}"]


def test_a_part_that_is_not_there_is_missed_with_all_other_mistakes(mistakes: Mistakes) -> None:
    text = '[datasets.noise]\nuse = "noise"\n[readout]\nuse = "wrap"\nstrength = "2"\n'
    assert mistakes(text) == [
        "x.toml: readout.inner: expected table of a readout, got nothing; the key is required",
        'x.toml: readout.strength: expected float, got "2" (str)',
    ]
