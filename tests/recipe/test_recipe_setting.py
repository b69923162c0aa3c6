"""Tests of `--set` in sysid/recipe.py."""

from collections.abc import Callable

import pytest

from sysid.recipe import Recipe

Load = Callable[..., Recipe]
Mistakes = Callable[..., list[str]]


def test_set_comes_after_the_profile_and_names_what_it_changed(load: Load, large: str) -> None:
    recipe = load(large, profile="quick", settings=("training.epochs=5",))
    epochs = {run.name.split("/")[0]: run.training.epochs for run in recipe.runs}
    assert epochs == {"ln": 5, "lstm": 5, "gru": 2}
    assert recipe.changed_by_settings == tuple(
        run.name for run in recipe.runs if run.variant in ("ln", "lstm")
    )


@pytest.mark.parametrize(
    ("setting", "variants"),
    [
        ("encoder.layers.1.kernel_px=9", {"lstm", "gru"}),
        ("variants.gru.core.hidden_units=9", {"gru"}),
        ("samples.trials=single", {"ln", "lstm", "gru"}),
        ("datasets.simulated.folds=9", {"ln", "lstm", "gru"}),
    ],
)
def test_a_setting_reaches_every_table(load: Load, large: str, setting: str, variants: set[str]) -> None:
    changed = load(large, settings=(setting,)).changed_by_settings
    assert {name.split("/")[0] for name in changed} == variants


def test_a_setting_may_only_take_runs_away(load: Load, large: str) -> None:
    recipe = load(large, settings=("training.seeds=[3]",))
    assert {run.seed for run in recipe.runs} == {3}
    assert recipe.changed_by_settings == ()


def test_a_setting_that_makes_a_recipe_complete_changes_all(
    load: Load, mistakes: Mistakes, small: str
) -> None:
    text = small + "[core]\nuse = 'gru'\n"
    assert mistakes(text) == ["x.toml: core.hidden_units: expected int, got nothing; the key is required"]
    recipe = load(text, settings=("core.hidden_units=3",))
    assert recipe.changed_by_settings == ("base/movie1/fold0/seed0",)


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        (
            ("training.epochs=7",),
            ["--set training.epochs=7: changes no run; the value is what it was, or no run has it"],
        ),
        (
            ("core.steps=time", "training.epochs=8", "training.epochs=9"),
            ["--set training.epochs=8: changes no run; the value is what it was, or no run has it"],
        ),
        (
            ("profiles.quick.training.epochs=3",),
            [
                "--set profiles.quick.training.epochs=3: changes no run; a profile is laid before it, "
                "so set the path without profiles.NAME"
            ],
        ),
        (
            ("variants.lsmt.core.x=1",),
            ['--set variants.lsmt.core.x=1: unknown variant "lsmt"; did you mean "lstm"?'],
        ),
        (
            ("datasets.movie.folds=1",),
            ['--set datasets.movie.folds=1: unknown dataset "movie"; did you mean "movie1"?'],
        ),
        (("core.hiden_units=3",), ['--set core.hiden_units: unknown key; did you mean "hidden_units"?']),
        (("core.hidden_units=x",), ['--set core.hidden_units: expected int, got "x" (str)']),
        (("traning.epochs=1",), ['--set traning: unknown key; did you mean "training"?']),
        (("core=3",), ["--set core: expected a table, got 3 (int)"]),
        (
            ("encoder.layers.1.kernel_px=0", "variants.gru.core.use=gruu"),
            [
                "--set encoder.layers[1].kernel_px: expected at least 1, got 0",
                '--set variants.gru.core.use: unknown core "gruu"; did you mean "gru"?',
            ],
        ),
    ],
)
def test_a_useless_or_wrong_setting_is_an_error(
    mistakes: Mistakes, large: str, settings: tuple[str, ...], lines: list[str]
) -> None:
    assert mistakes(large, settings=settings) == lines


def test_a_setting_that_every_variant_overrides_says_where_to_set_it(mistakes: Mistakes, small: str) -> None:
    text = small + "[variants.a]\ntraining.epochs = 3\n[variants.b]\ntraining.epochs = 4\n"
    assert mistakes(text, settings=("training.epochs=5",)) == [
        "--set training.epochs=5: changes no run; every variant has its own, "
        "so set it in variants.a or variants.b"
    ]
