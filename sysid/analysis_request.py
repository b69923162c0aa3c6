"""Analyse finished runs after the fact: `sysid.analyze`."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sysid.analysis_plan import Task
from sysid.analysis_run import run_analysis
from sysid.errors import SysidError, did_you_mean
from sysid.finding import Findings
from sysid.finished_run import FinishedRun
from sysid.part_check import compare_parts, refuse_missing
from sysid.part_origin import stored_analysis_origins
from sysid.recipe_overlay import apply_setting, parse_setting
from sysid.registry import Registry, discover
from sysid.reporter import Reporter, Silence
from sysid.run_plan import AnalysisPlan, structure_component
from sysid.run_search import find_runs, find_summary


def analyze(
    places: Path | str | Iterable[Path | str],
    names: Sequence[str] = (),
    *,
    settings: Iterable[str] = (),
    again: bool = False,
    registry: Registry | None = None,
    reporter: Reporter | None = None,
) -> dict[str, Findings]:
    """Carry out analyses on finished runs.

    Args:
        places: run folders, or folders with runs below them.
        names: of analyses as the recipe names them, or of components (`sysid list analysis`), which then
            have their defaults; without any, those that the recipe asked for.
        settings: `key=value` of the analyses named.
        again: carry out also what is there already.
        registry: where components are looked up; the installed ones by default.
        reporter: hears of progress; nobody by default.

    Returns:
        Findings by title: `name`, with the run behind it where an analysis looks at one run.

    Raises:
        SysidError: no finished runs, an unknown analysis, or a mistake in its keys.
    """
    places = (places,) if isinstance(places, str | Path) else tuple(places)
    runs = find_runs(places)
    chosen = tuple(settings)
    if chosen and not names:
        raise SysidError(f"--set {chosen[0]}: expected the name of the analysis that it is for, got none")
    registry = registry or discover()
    tasks = list(plan_tasks(runs, names, chosen, registry))
    if not tasks:
        raise SysidError(
            f"{places[0]}: the recipe of these runs asks for no analyses; name some (`sysid list analysis`)"
        )
    reporter = reporter or Silence()
    for line in changed_parts(runs, registry):
        reporter.note(line)
    findings = {}
    for number, task in enumerate(tasks, 1):
        reporter.analysis_started(task.title, number, len(tasks))
        findings[task.title] = run_analysis(
            task.plan.name, task.plan.component, task.plan.config, task.runs, task.top, again=again
        )
    return findings


def plan_tasks(
    runs: list[FinishedRun], names: Sequence[str], settings: tuple[str, ...], registry: Registry
) -> Iterator[Task]:
    """Yield every analysis on the runs that it looks at."""
    asked = [run.folder.information().get("analyses", {}) for run in runs]
    recipe_names = dict.fromkeys(name for tables in asked for name in tables)
    whole = is_whole(runs)
    for name in names or recipe_names:
        tables = [tables.get(name) for tables in asked]
        if name not in recipe_names:  # a component by its own name, on all runs
            tables = [{"use": find_component(name, recipe_names, registry)}] * len(runs)
        looked_at = [(run, table) for run, table in zip(runs, tables, strict=True) if table is not None]
        if name in recipe_names:
            refuse_absent(name, looked_at[0][0], registry)
        plan = make_plan(name, looked_at[0][1], settings, registry)
        if whole or names or plan.config.scope == "run":  # else it is the recipe's, not these runs' alone
            yield from tasks_of(name, plan, looked_at, settings, registry, whole=whole)


def refuse_absent(name: str, run: FinishedRun, registry: Registry) -> None:
    """Refuse an analysis that a recipe asked for and whose package is not here any more.

    Raises:
        SysidError: the line says what to install.
    """
    origin = stored_analysis_origins(run.folder.information()).get(name)
    if origin is not None:
        refuse_missing(registry, origin, name)


def changed_parts(runs: Iterable[FinishedRun], registry: Registry) -> tuple[str, ...]:
    """Return a line for every package that runs have parts of and that is not what it was."""
    found = (compare_parts(run.folder.information(), registry) for run in runs)
    return tuple(dict.fromkeys(line for of_run in found for _, line in of_run))


def is_whole(runs: list[FinishedRun]) -> bool:
    """Say whether these are all the runs that their recipe's summary is about."""
    summary = find_summary(runs)
    if summary is None:
        return False
    places = {run.folder.path.resolve() for run in runs}
    return {run.folder.path.resolve() for run in find_runs([summary.parent])} == places


def tasks_of(
    name: str,
    plan: AnalysisPlan,
    looked_at: list[tuple[FinishedRun, dict[str, Any]]],
    settings: tuple[str, ...],
    registry: Registry,
    *,
    whole: bool,
) -> Iterator[Task]:
    """Yield one analysis run by run, or once over the recipe.

    Raises:
        SysidError: it looks at a recipe, and these are not all of its runs; what it found would be lost.
    """
    if plan.config.scope == "run":
        for run, table in looked_at:
            each = make_plan(name, table, settings, registry)
            yield Task(each, f"{name} {run.name}", (run.folder,), run.folder.path / "analyses")
        return
    runs = [run for run, _ in looked_at]
    summary = find_summary(runs)
    if summary is None or not whole:
        raise SysidError(f"{name}: it looks at all runs of one recipe; name the folder that they lie in")
    yield Task(plan, name, tuple(run.folder for run in runs), summary / "analyses")


def find_component(name: str, recipe_names: Iterable[str], registry: Registry) -> str:
    """Return the name of a component that is meant by itself.

    Raises:
        SysidError: there is neither an analysis of the recipe nor a component of that name.
    """
    try:
        return registry.find("analysis", name).name
    except SysidError as error:
        near = "" if "did you mean" in str(error) else did_you_mean(name, recipe_names)
        raise SysidError(f"{error}{near}") from error


def make_plan(
    name: str, table: dict[str, Any], settings: tuple[str, ...], registry: Registry
) -> AnalysisPlan:
    """Return an analysis with the settings laid over what the recipe says of it."""
    for setting in map(parse_setting, settings):
        table = apply_setting(table, setting)
    return AnalysisPlan(name, *structure_component(registry, "analysis", table, name))
