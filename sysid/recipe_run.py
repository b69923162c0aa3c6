"""All runs of a recipe, one after the other: `sysid.run`."""

import glob
import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import attrs

from sysid.analysis_plan import analyze
from sysid.data_path import note_paths, paths_of
from sysid.errors import InterruptedTrainingError, SysidError
from sysid.execution import execute, prepare
from sysid.finding import Findings
from sysid.finished_run import read_finished
from sysid.identity import Identity, identity_of
from sysid.interruption import StopRequest, listen_for_stop
from sysid.lock import hold
from sysid.purpose import note_purpose
from sysid.recipe import Recipe
from sysid.report.page import write_report
from sysid.reporter import Reporter, Silence
from sysid.run_check import check_before
from sysid.run_folder import Claim, RunFolder, check_writable, claim_folder
from sysid.run_plan import RunPlan, unstructure_component
from sysid.source import Recordings, Source, at, find_sources
from sysid.summary import Summary, summarize
from sysid.thread import limit_threads

SHOWN = 12  # lines about folders that are taken


@attrs.frozen(eq=False)
class RunResult:
    """What `sysid.run` leaves behind.

    Attributes:
        folders: run name → run folder.
        summary: scores over folds and seeds of what was asked for; `summary/` has all that is finished.
        analyses: what the analyses found: those over the recipe by name, those of one run by `name run`.
        report: `report.html` of all that is finished.
        simulated: whether any run used simulated data.
    """

    folders: dict[str, RunFolder]
    summary: Summary
    analyses: dict[str, Findings]
    report: Path
    simulated: bool


def run(
    recipe: Recipe,
    *,
    folder: Path | str = "runs",
    only: tuple[str, ...] | str = (),
    stand_in: bool = True,
    reporter: Reporter | None = None,
) -> RunResult:
    """Train and evaluate every run of a recipe that is not finished yet, and summarise all of them.

    Args:
        recipe: from `sysid.load_recipe`.
        folder: where run folders go.
        only: pattern or patterns over run names (`crnn_lstm/movie1/*`); none = all runs.
        stand_in: whether a dataset that is not on this machine may be replaced by its stand-in.
        reporter: hears of progress; nobody by default.

    Raises:
        SysidError: a mistake in recipe, data or surroundings; what was finished before stays.
        InterruptedTrainingError: SIGINT or SIGTERM came; the step was finished and saved.
    """
    reporter = reporter or Silence()
    plans = recipe.select((only,) if isinstance(only, str) else only).runs
    top = Path(folder) / (f"{recipe.name}-{recipe.profile}" if recipe.profile else recipe.name)
    check_writable(top)
    sources = find_sources(plans, str(recipe.path), stand_in=stand_in)
    for line in dict.fromkeys(source.stands_in_for for source in sources.values() if source.stands_in_for):
        reporter.warn(f"SIMULATED: {line}; its stand-in is used")
    claims = {plan.name: claim(plan, recipe, sources[plan.name], top) for plan in plans}
    recordings = Recordings(str(recipe.path))
    check_before([p for p in plans if not claims[p.name].folder.finished], sources, recordings)
    reasons = [found.reason for found in claims.values() if found.reason]
    for line in reasons[:SHOWN]:
        reporter.note(line)
    if len(reasons) > SHOWN:
        reporter.note(f"… and {len(reasons) - SHOWN} more runs differ from earlier ones of their name")
    with listen_for_stop() as should_stop:
        for number, plan in enumerate(plans, 1):
            refuse_to_go_on(should_stop)  # asked in a run that has no steps, or after its last
            place = claims[plan.name].folder
            done = place.finished
            if done:
                note_purpose(place, plan, recipe)
            else:
                resumed = goes_on(plan, recipe, place)
                reporter.run_started(plan.name, number, len(plans), resumed)
                with limit_threads(plan.training.threads):
                    execute_plan(plan, recipe, sources[plan.name], place, recordings, reporter, should_stop)
            note_paths(place, sources[plan.name].dataset)
            tell_score(plan, place, reporter.run_skipped if done else reporter.run_finished)
        folders = {name: found.folder for name, found in claims.items()}
        others = finished_before(recipe, plans, top, stand_in=stand_in) if only else {}
        known = folders | others
        finished = [read_finished(known[plan.name]) for plan in recipe.runs if plan.name in known]
        summary = summarize(finished, top / "summary")
        whole = len(plans) == len(recipe.runs)
        analyses = analyze(plans, folders, summary.folder, reporter, should_stop, whole=whole)
    report = write_report(finished, summary.rows, summary.folder)
    asked = {(plan.variant, plan.dataset_name) for plan in plans}
    rows = tuple(row for row in summary.rows if (row.variant, row.dataset) in asked)
    simulated = any(source.provenance.simulated for source in sources.values())
    return RunResult(folders, attrs.evolve(summary, rows=rows), analyses, report, simulated)


def refuse_to_go_on(should_stop: StopRequest) -> None:
    """Leave between runs or analyses where somebody asked to.

    Raises:
        InterruptedTrainingError: somebody did.
    """
    if should_stop():
        raise InterruptedTrainingError("interrupted between runs; the same command goes on from here")


def goes_on(plan: RunPlan, recipe: Recipe, place: RunFolder) -> bool:
    """Say whether a run goes on where an earlier process left it.

    Raises:
        SysidError: that process has not left it; nothing has been said of going on by then.
    """
    if not place.state_file.exists():
        return False
    try:
        with hold(place):
            return True
    except SysidError as error:
        raise at(f"{recipe.path}: {plan.name}", error) from error


def tell_score(plan: RunPlan, place: RunFolder, tell: Callable[[str, float, bool], None]) -> None:
    """Tell the mean correlation of a finished run."""
    correlation = place.scores()["correlation"]["mean"]
    tell(plan.name, float("nan") if correlation is None else correlation, place.information()["simulated"])


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


def execute_plan(
    plan: RunPlan,
    recipe: Recipe,
    source: Source,
    folder: RunFolder,
    recordings: Recordings,
    reporter: Reporter,
    should_stop: StopRequest,
) -> None:
    """Prepare one run and carry it out."""
    where = f"{recipe.path}: datasets.{plan.dataset_name}"
    prepared = prepare(plan, recordings.load(plan, source), where)
    identity = plan_identity(plan, source)
    try:
        execute(prepared, source, folder, identity, recipe, reporter, should_stop)
    except InterruptedTrainingError:
        raise
    except SysidError as error:
        raise at(f"{recipe.path}: {plan.name}", error) from error


def claim(plan: RunPlan, recipe: Recipe, source: Source, top: Path) -> Claim:
    """Find the folder `<variant>/<dataset>[-simulated]/fold0/seed0` of a run, or the next that is free."""
    simulated = source.provenance.simulated
    others = sorted(top.parent.glob(f"{glob.escape(recipe.name)}*"))
    elsewhere = [run_path(plan, top, not simulated)]
    elsewhere += [run_path(plan, other, simulated) for other in others if other != top]
    own = [place for place in elsewhere if is_of(recipe, RunFolder(place))]
    return claim_folder(run_path(plan, top, simulated), plan_identity(plan, source), own)


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
    parts = [source.component, *plan.components.values()]
    versions = {component.package: component.version for component in parts}
    versions["neural-sysid"] = importlib.metadata.version("neural-sysid")
    configuration = plan.resolved()
    for irrelevant in ("stand_in", "control_of", "analyses"):
        del configuration[irrelevant]  # what is done with results, or what was not used
    for irrelevant in ("checkpoint_every_s", "evaluation_batch_size"):
        del configuration["training"][irrelevant]  # changes no result
    paths = paths_of(source.dataset)
    if source.provenance.checksum:
        paths = dict.fromkeys(paths)
    configuration["dataset"] = unstructure_component(source.component, source.dataset) | paths
    return identity_of(configuration, source.provenance, versions)
