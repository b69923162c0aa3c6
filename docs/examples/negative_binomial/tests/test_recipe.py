"""The recipe: what the readout costs on counts of a Poisson process."""

from pathlib import Path

import pytest

import sysid


def test_in_its_recipe_it_costs_nothing_on_counts_of_a_poisson_process(tmp_path):
    recipe = sysid.load_recipe(str(Path(__file__).parents[1] / "recipe.toml"))
    folders = {name.split("/")[0]: each for name, each in sysid.run(recipe, folder=tmp_path).folders.items()}
    scores = {name: folder.scores()["correlation"]["mean"] for name, folder in folders.items()}
    assert scores["negative_binomial"] == pytest.approx(scores["poisson"], abs=0.1)
    module = sysid.load_run(folders["negative_binomial"].path).model.readout("retina")
    assert len(set(module.dispersion().tolist())) == 6  # each cell has found its own
