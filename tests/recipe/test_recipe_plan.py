"""Tests of sysid/recipe_plan.py: variant × dataset × fold × seed."""

from collections.abc import Callable

import pytest

from sysid.configuration import Published, Samples, Training
from sysid.recipe import Recipe
from sysid.schema import unstructure

Load = Callable[..., Recipe]
Mistakes = Callable[..., list[str]]


def test_runs_are_variants_times_datasets_times_folds_times_seeds(load: Load, large: str) -> None:
    names = [run.name for run in load(large).runs]
    folds = [f"movie1/fold{fold}/seed{seed}" for fold in (0, 1, 2) for seed in (0, 3)]
    draws = [f"shuffled-0{draw}/fold0/seed{seed}" for draw in (1, 2) for seed in (0, 3)]
    assert names == [
        *(f"ln/{run}" for run in folds),
        *(f"{variant}/{run}" for variant in ("lstm", "gru") for run in (*folds, *draws)),
    ]


def test_a_run_says_everything(load: Load, large: str) -> None:
    runs = {run.name: run for run in load(large).runs}
    run = runs["gru/movie1/fold2/seed3"]
    movie = {"use": "movie", "path": None, "folds": 3, "fold": 2, "draw": 0}
    assert run.resolved() == {
        "variant": "gru",
        "dataset_name": "movie1",
        "dataset_table": "movie1",
        "control_of": None,
        "fold": 2,
        "seed": 3,
        "dataset": movie,
        "stand_in": {"name": "simulated", "dataset": movie | {"path": "somewhere", "fold": 0}},
        "samples": unstructure(Samples(history=5)),
        "encoder": {"use": "conv", "layers": [{"kernel_px": 5}, {"kernel_px": 3}]},
        "core": {"use": "gru", "hidden_units": 4},
        "readout": {"use": "dense", "l2": 0.0},
        "training": unstructure(Training(epochs=2, seeds=(3,))),
        "analyses": {"sta": {"use": "sta", "lags": 20}},
    }
    assert {kind: component.name for kind, component in run.components.items()} == {
        "encoder": "conv",
        "core": "gru",
        "readout": "dense",
    }


def test_a_control_says_of_what_and_which_draw(load: Load, large: str) -> None:
    runs = {run.name: run for run in load(large).runs}
    run = runs["lstm/shuffled-02/fold0/seed0"]
    assert (run.control_of, run.dataset_table, run.stand_in) == ("movie1", "shuffled", None)
    assert run.resolved()["dataset"]["draw"] == 2


def test_published_figures_are_read(load: Load, large: str) -> None:
    assert load(large).published == (Published("lstm", "movie1", 0.857, "Fig. 2"),)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "",
            [
                "x.toml: datasets: expected at least one table [datasets.NAME], got none",
                "x.toml: readout.use: expected one of the readouts by name, got nothing; the key is required",
            ],
        ),
        (
            "SMALL[core]\nhidden_units = 3\n",
            ["x.toml: core.use: expected one of the cores by name, got nothing; the key is required"],
        ),
        (
            "SMALL[core]\nuse = 'sad:lstm'\n",
            [
                'x.toml: core.use: unknown core "sad:lstm"; plugin sad of sad-sysid 2 is broken: '
                "its import raised RuntimeError: no GPU"
            ],
        ),
        (
            "core = 3\ntraining = []\nSMALL",
            [
                "x.toml: core: expected a table, got 3 (int)",
                "x.toml: training: expected a table, got [] (array)",
            ],
        ),
        (
            "SMALL[[published]]\nvariant = 'bas'\ndataset = 'movie'\ncorrelation = 0\nsource = ''\n",
            [
                'x.toml: published[0].variant: unknown variant "bas"; did you mean "base"?',
                'x.toml: published[0].dataset: unknown dataset "movie"; did you mean "movie1"?',
            ],
        ),
        ("published = 3\nSMALL", ["x.toml: published: expected an array, got 3 (int)"]),
        (
            "SMALL[analyses.sta]\nuse = 'sta'\nonly = ['bose/*']\n",
            ['x.toml: analyses.sta.only[0]: "bose/*" fits no run'],
        ),
        (
            "SMALL[analyses.sta]\nuse = 'sta'\nonly = 'base/*'\n",
            ['x.toml: analyses.sta.only: expected an array, got "base/*" (str)'],
        ),
        (
            "SMALL[profiles.a]\ncorre = 3\n",
            ['x.toml: profiles.a.corre: unknown key; did you mean "core"?'],
        ),
    ],
)
def test_a_recipe_that_cannot_run_says_why(
    mistakes: Mistakes, small: str, text: str, lines: list[str]
) -> None:
    assert mistakes(text.replace("SMALL", small)) == lines


def test_another_seed_leaves_the_runs_of_the_first_as_they_are(load: Load, large: str) -> None:
    before = {run.name: run.resolved() for run in load(large).runs}
    after = {run.name: run.resolved() for run in load(large.replace("[0, 3]", "[0, 3, 4]")).runs}
    assert len(after) == len(before) * 3 / 2
    assert {name: after[name] for name in before} == before


def test_500_runs_load(load: Load, large: str) -> None:
    text = large.replace("draws = 2", "draws = 19").replace(
        "[0, 3]", "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]"
    )
    recipe = load(text, settings=("core.hidden_units=9", "samples.history=6"))
    names = [run.name for run in recipe.runs]
    assert len(set(names)) == len(names) >= 500


def test_an_analysis_looks_at_the_runs_that_its_patterns_fit(load: Load, large: str) -> None:
    text = large.replace("[analyses.sta]", "[analyses.sta]\nonly = ['gru/movie1', '*/*/fold0/seed3']")
    asked = [run.name for run in load(text).runs if run.analyses]
    everything = [run.name for run in load(large).runs]
    assert asked == [
        name for name in everything if name.startswith("gru/movie1/") or name.endswith("fold0/seed3")
    ]
    assert 0 < len(asked) < len(everything)
    assert all(run.analyses for run in load(large).runs)
