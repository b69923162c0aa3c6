"""What a recipe does with a run beside training it: nothing in it changes a result."""

from typing import Any

from sysid.part_origin import ANALYSIS_PARTS, analysis_origins_of
from sysid.recipe import Recipe
from sysid.run_folder import RunFolder
from sysid.run_plan import RunPlan, unstructure_component


def purpose_of(plan: RunPlan, recipe: Recipe) -> dict[str, Any]:
    """Return the entries of `run.json` that say what a recipe does with a run."""
    return {
        "control_of": plan.control_of,
        "published": [
            {"correlation": figure.correlation, "source": figure.source}
            for figure in recipe.published
            if (figure.variant, figure.dataset) == (plan.variant, plan.dataset_name)
        ],
        "analyses": {each.name: unstructure_component(each.component, each.config) for each in plan.analyses},
        ANALYSIS_PARTS: analysis_origins_of(plan.analyses),
    }


def note_purpose(folder: RunFolder, plan: RunPlan, recipe: Recipe) -> None:
    """Bring a finished run's folder up to date with what the recipe now does with it."""
    purpose = purpose_of(plan, recipe)
    information = folder.information()
    if any(information.get(name) != value for name, value in purpose.items()):
        folder.update(**purpose)
