"""The recipe: does the memory find what lies before the newest frame?"""

from pathlib import Path

import sysid


def test_in_its_recipe_memory_predicts_what_the_newest_frame_does_not(tmp_path):
    recipe = sysid.load_recipe(str(Path(__file__).parents[1] / "recipe.toml"))
    result = sysid.run(recipe, folder=tmp_path, only=("newest_frame/*", "convgru/*"))
    score = {
        name.split("/")[0]: each.scores()["correlation"]["mean"] for name, each in result.folders.items()
    }
    assert score["convgru"] > score["newest_frame"] + 0.2
