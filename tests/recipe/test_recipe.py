"""Tests of sysid/recipe.py: from a file to a checked recipe."""

from collections.abc import Callable

import pytest

from sysid import SysidError
from sysid.configuration import Samples, Training
from sysid.recipe import Recipe, load_recipe
from sysid.registry import Registry

Load = Callable[..., Recipe]
Mistakes = Callable[..., list[str]]


def test_the_smallest_recipe_is_one_run_of_defaults(load: Load, small: str) -> None:
    recipe = load(small)
    (run,) = recipe.runs
    assert run.name == "base/movie1/fold0/seed0"
    assert [run.resolved()[kind]["use"] for kind in ("encoder", "core")] == ["identity", "identity"]
    assert (run.samples, run.training) == (Samples(), Training())
    assert (recipe.name, recipe.text, recipe.profile, recipe.settings) == ("x", small, None, ())


def test_a_profile_is_laid_over_all_of_it(load: Load, large: str) -> None:
    recipe = load(large, profile="quick")
    runs = {run.name: run for run in recipe.runs}
    assert sorted({run.fold for run in recipe.runs}) == [0, 1]
    assert {run.seed for run in recipe.runs} == {0}
    assert runs["lstm/movie1/fold0/seed0"].training.epochs == 1
    gru = runs["gru/movie1/fold0/seed0"]
    assert gru.resolved()["core"] == {"use": "gru", "hidden_units": 2}
    assert gru.training.epochs == 2  # the variant has epochs of its own
    assert recipe.profile == "quick"


def test_a_table_that_says_use_replaces_in_a_profile_too(load: Load, large: str) -> None:
    text = large + "[profiles.other.core]\nuse = 'acme:lstm'\n"
    runs = {run.name: run for run in load(text, profile="other").runs}
    run = runs["lstm/movie1/fold0/seed0"]
    assert run.resolved()["core"] == {"use": "acme:lstm", "hidden_units": 32, "steps": "channel"}


def test_all_mistakes_are_told_at_once_where_they_were_written(mistakes: Mistakes) -> None:
    text = """
traning = 3
[datasets.movie1]
use = "movie"
fold = "1"
[core]
use = "lstm"
hidden_units = "32"
[readout]
use = "dens"
[samples]
history = 0
[[published]]
variant = "d"
dataset = "movie2"
correlation = 0.5
source = ""
[[published]]
correlation = 2
[variants.a]
[variants.b.core]
hiden_units = 3
[variants.c]
datasets = ["movie"]
training = {seeds = [1, 1]}
core = {use = "gru"}
[variants.c.analyses.one]
lags = 3
"""
    assert mistakes(text) == [
        'x.toml: traning: unknown key; did you mean "training"?',
        'x.toml: datasets.movie1.fold: expected int, got "1" (str)',
        "x.toml: samples.history: expected at least 1, got 0",
        'x.toml: core.hidden_units: expected int, got "32" (str)',
        'x.toml: readout.use: unknown readout "dens"; did you mean "dense"?',
        'x.toml: variants.b.core.hiden_units: unknown key; did you mean "hidden_units"?',
        "x.toml: variants.c.training.seeds: expected different seeds, got [1, 1]",
        "x.toml: variants.c.core.hidden_units: expected int, got nothing; the key is required",
        "x.toml: variants.c.analyses.one.use: expected one of the analyses by name, "
        "got nothing; the key is required",
        'x.toml: variants.c.datasets[0]: unknown dataset "movie"; did you mean "movie1"?',
        "x.toml: published[1].variant: expected str, got nothing; the key is required",
        "x.toml: published[1].dataset: expected str, got nothing; the key is required",
        "x.toml: published[1].correlation: expected at most 1, got 2.0",
        "x.toml: published[1].source: expected str, got nothing; the key is required",
    ]


@pytest.mark.parametrize(
    ("profile", "lines"),
    [
        ("quik", ['x.toml: profiles: unknown profile "quik"; did you mean "quick"?']),
        ("zzz", ['x.toml: profiles: unknown profile "zzz"; it has quick, a, b, c']),
        ("a", ['x.toml: profiles.a.core.hidden_units: expected int, got "2" (str)']),
        ("b", ['x.toml: profiles.b.variants.lsm: unknown name; did you mean "lstm"?']),
        ("c", ["x.toml: profiles.c.core: expected a table, got 3 (int)"]),
    ],
)
def test_a_mistake_of_a_profile_is_placed_there(
    mistakes: Mistakes, large: str, profile: str, lines: list[str]
) -> None:
    text = (
        large + "[profiles.a.core]\nhidden_units = '2'\n[profiles.b.variants.lsm]\n[profiles.c]\ncore = 3\n"
    )
    assert mistakes(text, profile=profile) == lines


def test_a_missing_file_is_one_line(registry: Registry) -> None:
    with pytest.raises(SysidError, match=r"^y.toml: no such file, nor a recipe that ships with sysid"):
        load_recipe("y.toml", registry=registry)


def test_only_keeps_runs_by_pattern_in_their_order(load: Load, large: str) -> None:
    recipe = load(large)
    chosen = recipe.select(("gru/movie1/*/seed3", "lstm/shuffled-01"))
    assert [run.name for run in chosen.runs] == [
        "lstm/shuffled-01/fold0/seed0",
        "lstm/shuffled-01/fold0/seed3",
        "gru/movie1/fold0/seed3",
        "gru/movie1/fold1/seed3",
        "gru/movie1/fold2/seed3",
    ]
    assert recipe.select(()) is recipe


def test_a_pattern_that_fits_no_run_names_those_that_there_are(load: Load, small: str, large: str) -> None:
    with pytest.raises(SysidError) as error:
        load(small).select(("base", "crnn/*"))
    assert str(error.value) == "--only crnn/*: fits no run; there are base/movie1/fold0/seed0"
    with pytest.raises(SysidError) as error:
        load(large).select(("crnn/*",))
    assert str(error.value).endswith("lstm/movie1/fold2/seed3, … (26 in all)")
