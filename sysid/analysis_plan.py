"""Carry out the analyses that a recipe asks for, once all its runs are trained."""

from pathlib import Path

import attrs

from sysid.analysis_run import run_analysis
from sysid.finding import Findings
from sysid.interruption import StopRequest, leave_if_asked
from sysid.reporter import Reporter
from sysid.run_folder import RunFolder
from sysid.run_plan import AnalysisPlan, RunPlan


@attrs.frozen
class Task:
    """One analysis on the runs that it looks at.

    Attributes:
        plan: what is done.
        title: its name, with that of the run for scope "run".
        runs: that it looks at.
        top: the folder its own goes into.
    """

    plan: AnalysisPlan
    title: str
    runs: tuple[RunFolder, ...]
    top: Path


def analyze(
    plans: tuple[RunPlan, ...],
    folders: dict[str, RunFolder],
    summary: Path,
    reporter: Reporter,
    should_stop: StopRequest,
    *,
    whole: bool,
) -> dict[str, Findings]:
    """Carry out what is not there yet, run by run and then over the `whole` recipe; findings by title.

    Where these are not all runs of the recipe, the analyses that would compare them are left out, aloud.

    Raises:
        InterruptedTrainingError: `should_stop` said so between two analyses.
        SysidError: a folder cannot be written.
    """
    tasks = tasks_of_runs(plans, folders)
    over_all = tasks_of_recipe(plans, folders, summary)
    if whole:
        tasks += over_all
    elif over_all:
        names = ", ".join(task.title for task in over_all)
        reporter.note(f"left out with --only, as they look at all runs of the recipe: {names}")
    findings: dict[str, Findings] = {}
    for number, task in enumerate(tasks, 1):
        leave_if_asked(should_stop, "analyses")
        reporter.analysis_started(task.title, number, len(tasks))
        found = run_analysis(task.plan.name, task.plan.component, task.plan.config, task.runs, task.top)
        if found.reason:
            reporter.note(f"{task.title}: {found.reason}")
        findings[task.title] = found
    return findings


def tasks_of_runs(plans: tuple[RunPlan, ...], folders: dict[str, RunFolder]) -> list[Task]:
    """Return the analyses of scope "run", each on one run."""
    return [
        Task(each, f"{each.name} {plan.name}", (folders[plan.name],), folders[plan.name].path / "analyses")
        for plan in plans
        for each in plan.analyses
        if each.config.scope == "run"
    ]


def tasks_of_recipe(plans: tuple[RunPlan, ...], folders: dict[str, RunFolder], summary: Path) -> list[Task]:
    """Return the analyses of scope "recipe", each on all the runs that ask for it."""
    planned: dict[str, AnalysisPlan] = {}
    runs: dict[str, list[RunFolder]] = {}
    for plan in plans:
        for each in plan.analyses:
            if each.config.scope == "recipe":
                planned.setdefault(each.name, each)
                runs.setdefault(each.name, []).append(folders[plan.name])
    return [Task(each, name, tuple(runs[name]), summary / "analyses") for name, each in planned.items()]
