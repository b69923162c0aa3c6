"""All runs of a recipe, one after the other or several at once: `sysid.run`."""

from pathlib import Path

import attrs

from sysid.analysis_plan import analyze
from sysid.finding import Findings
from sysid.finished_run import read_finished
from sysid.interruption import StopRequest, leave_if_asked, listen_for_stop
from sysid.job_pool import run_in_jobs
from sysid.job_share import check_jobs, warn_of_share
from sysid.joint_training import lead_or_follow
from sysid.planned_run import PlannedRun, carry_out, take_as_finished
from sysid.recipe import Recipe
from sysid.report.page import write_report
from sysid.reporter import Reporter, Silence
from sysid.run_check import check_before
from sysid.run_claim import claim, finished_before
from sysid.run_folder import Claim, RunFolder, check_writable
from sysid.source import Recordings, find_sources, list_warnings
from sysid.summary import Summary, summarize

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
    jobs: int = 1,
    reporter: Reporter | None = None,
) -> RunResult:
    """Train and evaluate every run of a recipe that is not finished yet, and summarise all of them.

    In a script that `torchrun` starts several times, the first process returns; the others help it to train
    until it ends, and end with it.

    Args:
        recipe: from `sysid.load_recipe`.
        folder: where run folders go.
        only: pattern or patterns over run names (`crnn_lstm/movie1/*`); none = all runs.
        stand_in: whether a dataset that is not on this machine may be replaced by its stand-in.
        jobs: runs at once, each in a process of its own with `training.threads` threads; no bit depends on
            it.
        reporter: hears of progress; nobody by default.

    Raises:
        SysidError: a mistake in recipe, data or surroundings; what was finished before stays. With several
            jobs all other runs are carried out first.
        InterruptedTrainingError: SIGINT or SIGTERM came; every step was finished and saved.
    """
    lead_or_follow()
    check_jobs(jobs)
    reporter = reporter or Silence()
    plans = recipe.select((only,) if isinstance(only, str) else only).runs
    top = Path(folder) / (f"{recipe.name}-{recipe.profile}" if recipe.profile else recipe.name)
    check_writable(top)
    sources = find_sources(plans, str(recipe.path), stand_in=stand_in)
    for line in dict.fromkeys(source.stands_in_for for source in sources.values() if source.stands_in_for):
        reporter.warn(f"SIMULATED: {line}; its stand-in is used")
    for line in list_warnings(sources, plans, str(recipe.path)):
        reporter.warn(line)
    claims = {plan.name: claim(plan, recipe, sources[plan.name], top) for plan in plans}
    runs = [
        PlannedRun(plan, sources[plan.name], claims[plan.name].folder, number, len(plans))
        for number, plan in enumerate(plans, 1)
    ]
    to_do = [each for each in runs if not each.folder.finished]
    jobs = min(jobs, len(to_do))
    recordings = Recordings(str(recipe.path))
    check_before([each.plan for each in to_do], sources, recordings)
    tell_reasons(claims, reporter)
    with listen_for_stop() as should_stop:
        if jobs > 1:
            del recordings  # every process loads its own
            warn_of_share(recipe, to_do, jobs, reporter)
            for each in runs:
                if each not in to_do:
                    take_as_finished(each, recipe, reporter)
            run_in_jobs(to_do, recipe, reporter, should_stop, jobs=jobs, stand_in=stand_in)
        else:
            run_one_by_one(runs, recipe, recordings, reporter, should_stop)
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


def tell_reasons(claims: dict[str, Claim], reporter: Reporter) -> None:
    """Say why runs do not go to the first folder of their name."""
    reasons = [found.reason for found in claims.values() if found.reason]
    for line in reasons[:SHOWN]:
        reporter.note(line)
    if len(reasons) > SHOWN:
        reporter.note(f"… and {len(reasons) - SHOWN} more runs differ from earlier ones of their name")


def run_one_by_one(
    runs: list[PlannedRun],
    recipe: Recipe,
    recordings: Recordings,
    reporter: Reporter,
    should_stop: StopRequest,
) -> None:
    """Carry out in this process what is not finished."""
    for each in runs:
        leave_if_asked(should_stop, "runs")  # asked in a run that has no steps, or after its last
        if each.folder.finished:
            take_as_finished(each, recipe, reporter)
        else:
            carry_out(each, recipe, recordings, reporter, should_stop)
