"""The recipe: what comes out for cells whose filters are known."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

import sysid
from sysid_mei.analysis import MostExcitingInput


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The recipe, run once: the run and the folder of its analysis."""
    recipe = sysid.load_recipe(str(Path(__file__).parents[1] / "recipe.toml"))
    result = sysid.run(recipe, folder=tmp_path_factory.mktemp("runs"))
    (folder,) = result.folders.values()
    return sysid.load_run(folder.path), folder.path / "analyses" / "mei"


def test_in_its_recipe_inputs_look_like_the_filters_of_the_simulated_cells(trained):
    run, folder = trained
    truth, neurons = run.recording.truth.filters, [each.id for each in run.recording.neurons]
    with np.load(folder / "mei.npz") as file:
        alike = [
            np.corrcoef(mei[:, 0].ravel(), truth[neurons.index(str(name)), : len(mei)][::-1].ravel())[0, 1]
            for mei, name in zip(file["mei"], file["neuron"], strict=True)
        ]
    assert np.mean(alike) > 0.4


def test_in_its_recipe_inputs_beat_the_test_part(trained):
    _, folder = trained
    with open(folder / "mei.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    for row in rows:
        assert float(row["ratio"]) > 1
        assert float(row["mei_rate"]) > float(row["natural_rate_at_norm"])
        assert row["reason"] == ""
    assert {f"cell_{number}.png" for number in range(1, 5)} <= {each.name for each in folder.iterdir()}


def test_a_cell_whose_rate_never_changes_says_so(trained, tmp_path):
    run, _ = trained
    copy = sysid.RunFolder(shutil.copytree(run.folder.path, tmp_path / "run"))
    with np.load(copy.predictions_file) as file:
        arrays = dict(file)
    arrays["retina/prediction"][:, 2] = 0.5
    np.savez(copy.predictions_file, **arrays)
    found = MostExcitingInput(cells=4, steps=1).analyze((copy,), tmp_path)
    assert (found.numbers["cells"], found.numbers["silent"]) == (3, 1)
    name = run.recording.neurons[2].id
    assert found.statements[0] == (
        f"retina, {name} has no most exciting input: its predicted rate never changes in the test part."
    )
    assert (tmp_path / "mei.csv").read_text().splitlines()[-1].startswith(f"retina,{name},")


def test_without_predictions_there_is_nothing_natural_to_compare_to(trained, tmp_path):
    run, _ = trained
    copy = sysid.RunFolder(shutil.copytree(run.folder.path, tmp_path / "run"))
    copy.predictions_file.unlink()
    found = MostExcitingInput().analyze((copy,), tmp_path)
    assert found.reason == "the run has no predictions of a test part, which says what is natural"
