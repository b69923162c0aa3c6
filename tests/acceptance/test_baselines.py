"""The baselines in a recipe: from its text to scored runs that can be opened again."""

import numpy as np
import pytest

import sysid

SMALL = ["training.epochs=1", "datasets.retina.frames=200", "datasets.retina.neurons=4"]


@pytest.fixture(scope="module")
def recipe():
    return sysid.load_recipe("baselines", profile="quick", settings=SMALL)


@pytest.fixture(scope="module")
def result(recipe, tmp_path_factory):
    return sysid.run(recipe, folder=tmp_path_factory.mktemp("runs"))


def test_every_baseline_is_scored_beside_the_networks(recipe, result):
    scored = {row.variant: row for row in result.summary.rows}
    assert set(scored) == {run.variant for run in recipe.runs}
    assert {"ln", "subunit_ln", "glm", "cnn", "crnn"} <= set(scored)
    assert all(np.isfinite(row.correlation.estimate) for row in scored.values())


@pytest.mark.parametrize("variant", ["subunit_ln", "glm"])
def test_a_baseline_that_is_opened_again_predicts_what_it_did(result, variant):
    run = sysid.load_run(result.folders[f"{variant}/retina/fold0/seed0"].path)
    stored = run.folder.predictions()["retina"]
    recording = run.recording
    (tested,) = (each for each in recording.presentations if each.test)
    rates = run.predict(np.asarray(tested.stimulus[0 : tested.frames]))
    np.testing.assert_allclose(rates[stored["frame"]], stored["prediction"], rtol=1e-4, atol=1e-6)


def test_the_report_has_the_groups_of_cells_and_the_glm_its_own_figure(result):
    page = result.report.read_text(encoding="utf-8")
    assert "By group" in page
    assert page.count("Given the responses measured before each bin, which no score here uses") == 1
    said = {name: folder.scores().get("one_step_ahead") for name, folder in result.folders.items()}
    assert [name for name, each in said.items() if each] == ["glm/retina/fold0/seed0"]
    assert said["glm/retina/fold0/seed0"]["bits_per_spike"]["cells"] == 4
    groups = (result.report.parent / "groups.csv").read_text(encoding="utf-8")
    assert "polarity,OFF,retina,glm,True,correlation" in groups
