"""Which folder each run of a recipe goes to: its own by identity, whatever lies beside it."""

import glob
import importlib.metadata
from pathlib import Path

from sysid.data_path import forget_paths, lay_paths, paths_of
from sysid.errors import SysidError
from sysid.identity import Identity, identity_of
from sysid.recipe import Recipe
from sysid.run_folder import Claim, RunFolder, claim_folder
from sysid.run_plan import RunPlan, unstructure_component
from sysid.source import Source, find_sources


def claim(plan: RunPlan, recipe: Recipe, source: Source, top: Path) -> Claim:
    """Find the folder `<variant>/<dataset>[-simulated]/fold0/seed0` of a run, or the next that is free."""
    simulated = source.provenance.simulated
    others = sorted(top.parent.glob(f"{glob.escape(recipe.name)}*"))
    elsewhere = [run_path(plan, top, not simulated)]
    elsewhere += [run_path(plan, other, simulated) for other in others if other != top]
    own = [place for place in elsewhere if is_of(recipe, RunFolder(place))]
    return claim_folder(run_path(plan, top, simulated), plan_identity(plan, source), own)


def finished_before(
    recipe: Recipe, plans: tuple[RunPlan, ...], top: Path, *, stand_in: bool
) -> dict[str, RunFolder]:
    """Return the finished runs of a recipe beside those asked for, so that `summary/` loses no row."""
    names = {plan.name for plan in plans}
    folders: dict[str, RunFolder] = {}
    for plan in recipe.runs:
        if plan.name in names:
            continue
        try:
            source = find_sources((plan,), str(recipe.path), stand_in=stand_in)[plan.name]
        except SysidError:  # nobody asked for this run, so its data may be missing
            continue
        found = claim(plan, recipe, source, top).folder
        if found.finished:
            folders[plan.name] = found
    return folders


def run_path(plan: RunPlan, top: Path, simulated: bool) -> Path:
    """Return where a run lies below the folder of its recipe."""
    dataset = plan.dataset_name + ("-simulated" if simulated else "")
    return top / plan.variant / dataset / f"fold{plan.fold}" / f"seed{plan.seed}"


def is_of(recipe: Recipe, folder: RunFolder) -> bool:
    """Say whether a folder holds a run of a recipe, with whatever profile."""
    try:
        return folder.information().get("recipe") == recipe.name
    except SysidError:  # none, or one that this run need not read
        return False


def plan_identity(plan: RunPlan, source: Source) -> Identity:
    """Return what the results of a run depend on.

    Where the data lie is no part of it, as their checksum says what was read; only where a dataset gives no
    checksum do its paths stand in, made absolute.
    """
    used = [source.component, *plan.components.values()]
    parts = [part for component in used for part in component.with_parts()]
    versions = {component.package: component.version for component in parts}
    versions["neural-sysid"] = importlib.metadata.version("neural-sysid")
    configuration = plan.resolved()
    for irrelevant in ("stand_in", "control_of", "analyses"):
        del configuration[irrelevant]  # what is done with results, or what was not used
    for irrelevant in ("checkpoint_every_s", "evaluation_batch_size"):
        del configuration["training"][irrelevant]  # changes no result
    # whether a training that NaN stopped goes on; a result says for itself how many steps it left out
    del configuration["training"]["on_nan"]
    del configuration["samples"]["resident_mib"]  # neither does this
    paths = paths_of(source.dataset)
    if source.provenance.checksum:
        paths = forget_paths(paths)
    table = unstructure_component(source.component, source.dataset)
    configuration["dataset"] = lay_paths(table, paths)
    return identity_of(configuration, source.provenance, versions)
