"""The recipe: tables and pictures of a simulated retina hold what a model can learn."""

from pathlib import Path

import sysid
from sysid_spike_csv.simulate import write_recording


def test_in_its_recipe_both_models_predict_the_cells(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_recording(Path("example"))
    recipe = sysid.load_recipe(str(Path(__file__).parents[1] / "recipe.toml"))
    result = sysid.run(recipe)
    assert result.simulated
    for folder in result.folders.values():
        assert folder.scores()["correlation"]["mean"] > 0.25
