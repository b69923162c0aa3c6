"""Attention, feedback, normalisation and lateral inhibition in a recipe: from its text to a run and back."""

import json

import numpy as np
import pytest

import sysid
from sysid.examination import examine

SMALL = ["training.epochs=1", "datasets.retina.frames=300", "datasets.retina.neurons=5"]


@pytest.fixture(scope="module")
def recipe():
    return sysid.load_recipe("discussion_parts", profile="quick", settings=SMALL)


@pytest.fixture(scope="module")
def result(recipe, tmp_path_factory):
    return sysid.run(recipe, folder=tmp_path_factory.mktemp("runs"))


def test_every_variant_is_trained_and_scored_against_the_crnn(recipe, result):
    scored = {row.variant: row for row in result.summary.rows}
    assert set(scored) == {run.variant for run in recipe.runs}
    assert all(np.isfinite(row.correlation.estimate) for row in scored.values())


@pytest.mark.parametrize("variant", ["crnn_attention", "crnn_feedback", "crnn_normalized", "cnn_lateral"])
def test_a_run_that_is_opened_again_predicts_what_it_did(result, variant):
    run = sysid.load_run(result.folders[f"{variant}/retina/fold0/seed0"].path)
    movie = np.random.default_rng(0).random((40, 1, 12, 12), dtype=np.float32)
    rates = run.predict(movie)
    assert np.isfinite(rates[19:]).all()
    alone = run.predict(movie[:25])  # what comes later changes nothing
    np.testing.assert_allclose(alone, rates[:25], rtol=1e-5, atol=1e-6)


def test_the_run_knows_the_readout_inside_the_readout(result):
    information = json.loads(
        (result.folders["crnn_feedback/retina/fold0/seed0"].path / "run.json").read_text()
    )
    readout = information["identity"]["configuration"]["readout"]
    assert (readout["use"], readout["wrapped"]["use"]) == ("feedback", "dense")
    assert readout["wrapped"]["activity_reduction"] == "batch_mean"


def test_memory_is_traced_for_every_variant(recipe):
    found = {each.variant: each.estimate.memory for each in examine(recipe, timing=False)}
    assert {memory.basis for memory in found.values()} == {"traced"}
