"""The recipes of Zheng et al. 2021 beside Fig. 2 and 4: that they load, hang together and can be checked."""

import zipfile

import pytest

import sysid
from sysid.bundled import bundled_recipes
from sysid.recipe import Recipe
from sysid.source import find_sources
from sysid_analyses.curves.curve import Curve
from sysid_datasets.dryad_mea import DryadMEA
from tests.command_line import call
from tests.deposit import DEPOSIT, needs_deposit

PAPER = {
    "zheng2021_data_size": 20,
    "zheng2021_kernel_size": 11,
    "zheng2021_population": 12,
    "zheng2021_single_trials": 8,
    "zheng2021_transfer": 12,
}
"""Recipe → runs of its quick profile."""
PROFILES = (None, "quick")


def load(name: str, profile: str | None = "quick") -> Recipe:
    return sysid.load_recipe(name, profile=profile)


def curves(recipe: Recipe) -> dict[str, Curve]:
    plans = (each for run in recipe.runs for each in run.analyses)
    return {plan.name: plan.config for plan in plans if isinstance(plan.config, Curve)}


def run_of(recipe: Recipe, variant: str, dataset: str):
    return next(run for run in recipe.runs if (run.variant, run.dataset_name) == (variant, dataset))


def test_all_of_them_ship():
    assert bundled_recipes().keys() >= PAPER.keys()


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", PAPER)
def test_every_point_of_a_curve_is_a_run(name, profile):
    recipe = load(name, profile)
    runs = {(run.variant, run.dataset_name) for run in recipe.runs}
    found = curves(recipe)
    assert found
    for curve in found.values():
        assert "Zheng et al. 2021" in curve.answers
        for point in curve.points:
            assert point.variant in {variant for variant, _ in runs}
            assert point.dataset is None or (point.variant, point.dataset) in runs


@pytest.mark.parametrize("name", PAPER)
def test_every_variant_is_in_a_curve(name):
    recipe = load(name)
    drawn = {point.variant for curve in curves(recipe).values() for point in curve.points}
    assert drawn == {run.variant for run in recipe.runs}


@pytest.mark.parametrize("name", PAPER)
def test_the_quick_profile_runs_everything_once(name):
    recipe = load(name)
    assert len(recipe.runs) == PAPER[name]
    assert {(run.variant, run.dataset_name) for run in recipe.runs} == {
        (run.variant, run.dataset_name) for run in load(name, None).runs
    }


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", PAPER)
def test_everything_that_uses_the_deposit_has_a_stand_in_of_its_size(name, profile):
    for run in load(name, profile).runs:
        if isinstance(run.dataset, DryadMEA):
            _, stand_in, _ = run.stand_in
            (deposit,), (simulated,) = (each.describe().values() for each in (run.dataset, stand_in))
            assert (simulated.height, simulated.neurons) == (deposit.height, deposit.neurons)


@pytest.mark.parametrize("name", PAPER)
def test_check_outlines_every_model_of_the_quick_profile(name):
    done = call("check", name, "--profile", "quick", "--no-timing")
    assert (done.code, done.err) == (0, "")
    assert f"{PAPER[name]} runs" in done.out.splitlines()[0]


def test_the_largest_network_for_the_whole_population_is_outlined():
    recipe = load("zheng2021_population", None).select(("crnn_256/population/*",))
    (examined,) = sysid.examine(recipe, timing=False)
    assert examined.title == "20 frames of 1 × 30 × 30 → 1218 neurons"
    assert examined.outline.parts[0].output_shape == (1, 64, 20, 20)
    assert examined.estimate.memory_bytes < 8 * 2**30


def test_shares_of_the_data_and_trials_are_what_varies():
    sizes = load("zheng2021_data_size")
    shares = [run_of(sizes, f"crnn_{share}", "movie1").samples.fraction for share in (20, 40, 60, 80, 100)]
    assert shares == [0.2, 0.4, 0.6, 0.8, 1.0]
    trials = load("zheng2021_single_trials")
    kinds = [run_of(trials, f"cnn_{kind}", "movie1").samples.trials for kind in ("mean", "single")]
    assert kinds == ["mean", "single"]


def test_kernel_sizes_and_l1_are_what_varies():
    recipe = load("zheng2021_kernel_size")
    for profile_l1, suffix in ((0.0, ""), (5e-4, "_l1")):
        for size in (3, 4, 5, 6):
            first = run_of(recipe, f"crnn_{size}{suffix}", "fig2").encoder.layers[0]
            assert (first.kernel_px, first.l1) == (size, profile_l1)
    assert run_of(recipe, "cnn_6", "changed").dataset.subunits == "II"


def test_transfer_has_each_movie_tested_by_models_of_either():
    recipe = load("zheng2021_transfer")
    shown = {run.dataset_name: (run.dataset.stimulus, run.dataset.test_stimulus) for run in recipe.runs}
    assert shown == {
        "movie1": ("movie1", None),
        "movie1_to_2": ("movie1", "movie2"),
        "movie2": ("movie2", None),
        "movie2_to_1": ("movie2", "movie1"),
    }
    stand_ins = {run.dataset_name: run.stand_in[1] for run in recipe.runs}
    for own, other in (("movie1", "movie1_to_2"), ("movie2", "movie2_to_1")):
        assert stand_ins[own].stimulus == stand_ins[other].stimulus != stand_ins[other].test_stimulus


def test_with_folds_only_the_tests_within_a_movie_rotate():
    recipe = load("zheng2021_transfer", "folds")
    folds = {(run.dataset_name, run.fold) for run in recipe.runs}
    assert len([name for name, _ in folds if name in ("movie1", "movie2")]) == 10
    assert len([name for name, _ in folds if name not in ("movie1", "movie2")]) == 2


def test_a_deposit_with_one_recording_is_stood_in_for_where_both_are_pooled(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "dryad_4ch10.zip", "w") as archive:
        archive.writestr("NeuralData/Spikes/Movie1Exp1.mat", b"never read")
    monkeypatch.setenv("SYSID_DATA_DIR", str(tmp_path))
    recipe = load("zheng2021_population")
    sources = find_sources(recipe.runs, "x.toml", stand_in=True)
    source = sources[run_of(recipe, "crnn_32", "movie1").name]
    assert source.provenance.simulated
    assert "datasets.movie1: " in source.stands_in_for
    assert "NeuralData/Spikes/Movie1Exp2.mat: expected this file of the deposit" in source.stands_in_for


@needs_deposit
def test_the_real_deposit_is_used_where_it_holds_the_recording(monkeypatch):
    monkeypatch.setenv("SYSID_DATA_DIR", str(DEPOSIT.parent))
    recipe = load("zheng2021_transfer")
    sources = find_sources(recipe.runs, "x.toml", stand_in=True)
    assert not any(source.provenance.simulated for source in sources.values())
