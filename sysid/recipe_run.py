"""All runs of a recipe, one after the other: `sysid.run`."""

import importlib.metadata
from pathlib import Path
from typing import Any

import attrs

from sysid.analysis_run import run_analysis
from sysid.errors import SysidError, SysidErrors
from sysid.execution import architecture, execute, prepare
from sysid.identity import Identity, identity_of
from sysid.interface import Dataset
from sysid.interruption import StopRequest, listen_for_stop
from sysid.neuron_knowledge import nameless_population
from sysid.outline import outline
from sysid.recipe import Recipe
from sysid.recording import Recording
from sysid.reporter import Reporter, Silence
from sysid.run_folder import Claim, RunFolder, claim_folder
from sysid.run_plan import RunPlan, unstructure_component
from sysid.source import Source, at, find_sources
from sysid.summary import Summary, summarize


@attrs.frozen(eq=False)
class RunResult:
    """What `sysid.run` leaves behind.

    Attributes:
        folders: run name → run folder.
        summary: scores over folds and seeds, as in `summary/`.
        simulated: whether any run used simulated data.
    """

    folders: dict[str, RunFolder]
    summary: Summary
    simulated: bool


def run(
    recipe: Recipe,
    *,
    folder: Path | str = "runs",
    only: tuple[str, ...] = (),
    stand_in: bool = True,
    reporter: Reporter | None = None,
) -> RunResult:
    """Train and evaluate every run of a recipe that is not finished yet, and summarise all of them.

    Args:
        recipe: from `sysid.load_recipe`.
        folder: where run folders go.
        only: patterns over run names (`crnn_lstm/movie1/*`); none = all runs.
        stand_in: whether a dataset that is not on this machine may be replaced by its stand-in.
        reporter: hears of progress; nobody by default.

    Raises:
        SysidError: a mistake in recipe, data or surroundings; what was finished before stays.
        InterruptedTrainingError: SIGINT or SIGTERM came; the step was finished and saved.
    """
    reporter = reporter or Silence()
    plans = recipe.select(only).runs
    sources = find_sources(plans, str(recipe.path), stand_in=stand_in)
    for line in dict.fromkeys(source.stands_in_for for source in sources.values() if source.stands_in_for):
        reporter.warn(f"SIMULATED: {line}; its stand-in is used")
    top = Path(folder) / (f"{recipe.name}-{recipe.profile}" if recipe.profile else recipe.name)
    claims = {plan.name: claim(plan, sources[plan.name], top) for plan in plans}
    for found in claims.values():
        if found.reason:
            reporter.note(found.reason)
    recordings = Recordings(str(recipe.path))
    check_before(recipe, [p for p in plans if not claims[p.name].folder.finished], sources, recordings)
    with listen_for_stop() as should_stop:
        for number, plan in enumerate(plans, 1):
            place = claims[plan.name].folder
            done = place.finished
            if not done:
                reporter.run_started(plan.name, number, len(plans), place.state_file.exists())
                execute_plan(plan, recipe, sources[plan.name], place, recordings, reporter, should_stop)
            analyze_run(plan, place)
            tell = reporter.run_skipped if done else reporter.run_finished
            correlation = place.scores()["correlation"]["mean"]
            tell(
                plan.name,
                float("nan") if correlation is None else correlation,
                place.information()["simulated"],
            )
    folders = {name: found.folder for name, found in claims.items()}
    summary = summarize(recipe, plans, folders, top / "summary")
    numbers = analyze_recipe(plans, folders, summary.folder, reporter, whole=not only)
    simulated = any(source.provenance.simulated for source in sources.values())
    return RunResult(folders, attrs.evolve(summary, analyses=numbers), simulated)


def analyze_run(plan: RunPlan, folder: RunFolder) -> dict[str, dict[str, Any]]:
    """Carry out the analyses of one run that its recipe asks for and that are not there yet."""
    return {
        f"{name} {plan.name}": run_analysis(name, component.name, config, (folder,), folder.path / "analyses")
        for name, component, config in plan.analyses
        if config.scope == "run"
    }


def analyze_recipe(
    plans: tuple[RunPlan, ...], folders: dict[str, RunFolder], top: Path, reporter: Reporter, *, whole: bool
) -> dict[str, dict[str, Any]]:
    """Carry out the analyses over a `whole` recipe; return the headline numbers of all analyses."""
    numbers: dict[str, dict[str, Any]] = {}
    over_all = {
        name: (component, config)
        for plan in plans
        for name, component, config in plan.analyses
        if config.scope == "recipe" and whole
    }
    for name, (component, config) in over_all.items():
        reporter.note(f"analysis {name}")
        runs = tuple(folders.values())
        numbers[name] = run_analysis(name, component.name, config, runs, top / "analyses")
    for plan in plans:
        numbers |= analyze_run(plan, folders[plan.name])
    return numbers


def execute_plan(
    plan: RunPlan,
    recipe: Recipe,
    source: Source,
    folder: RunFolder,
    recordings: "Recordings",
    reporter: Reporter,
    should_stop: StopRequest,
) -> None:
    """Prepare one run and carry it out."""
    where = f"{recipe.path}: datasets.{plan.dataset_name}"
    prepared = prepare(plan, recordings.load(plan, source), where)
    execute(prepared, source, folder, plan_identity(plan, source), recipe, reporter, should_stop)


class Recordings:
    """Load recordings, and keep the last ones for the run that asks next."""

    KEPT = 4  # the presentations of one dataset are often shared by the next runs

    def __init__(self, recipe_file: str):
        self.recipe_file = recipe_file
        self._loaded: dict[Dataset, dict[str, Recording]] = {}

    def load(self, plan: RunPlan, source: Source) -> dict[str, Recording]:
        """Return the recordings of one run by session."""
        if source.dataset not in self._loaded:
            while len(self._loaded) >= self.KEPT:
                del self._loaded[next(iter(self._loaded))]
            self._loaded[source.dataset] = source.recordings(
                f"{self.recipe_file}: datasets.{plan.dataset_name}"
            )
        return self._loaded[source.dataset]


def check_before(
    recipe: Recipe, plans: list[RunPlan], sources: dict[str, Source], recordings: Recordings
) -> None:
    """Read every dataset and outline every model once, so that a mistake shows before hours of training.

    Raises:
        SysidErrors: everything that is wrong, one line each.
    """
    mistakes: list[str] = []
    seen: set[tuple[str, str]] = set()
    broken: set[str] = set()
    for plan in plans:
        if (plan.variant, plan.dataset_name) in seen or plan.dataset_name in broken:
            continue
        seen.add((plan.variant, plan.dataset_name))
        try:
            loaded = recordings.load(plan, sources[plan.name])
        except SysidError as error:
            mistakes.append(str(error))
            broken.add(plan.dataset_name)
            continue
        try:
            populations = {
                name: nameless_population(len(each.neurons), each.frame_shape, plan.samples.history)
                for name, each in loaded.items()
            }
            outline(architecture(plan, loaded), populations)
        except SysidError as error:
            mistakes.append(str(at(f"{recipe.path}: {plan.variant}", error)))
    if mistakes:
        raise SysidErrors(mistakes)


def claim(plan: RunPlan, source: Source, top: Path) -> Claim:
    """Find the folder `<variant>/<dataset>[-simulated]/fold0/seed0` of a run, or the next that is free."""
    dataset = plan.dataset_name + ("-simulated" if source.provenance.simulated else "")
    base = top / plan.variant / dataset / f"fold{plan.fold}" / f"seed{plan.seed}"
    return claim_folder(base, plan_identity(plan, source))


def plan_identity(plan: RunPlan, source: Source) -> Identity:
    """Return what the results of a run depend on."""
    parts = [source.component, *plan.components.values()]
    versions = {component.package: component.version for component in parts}
    versions["neural-sysid"] = importlib.metadata.version("neural-sysid")
    configuration = plan.resolved()
    for irrelevant in ("stand_in", "control_of", "analyses"):
        del configuration[irrelevant]  # what is done with results, or what was not used
    for irrelevant in ("checkpoint_every_s", "evaluation_batch_size"):
        del configuration["training"][irrelevant]  # changes no result
    configuration["dataset"] = unstructure_component(source.component, source.dataset)
    return identity_of(configuration, source.provenance, versions)
