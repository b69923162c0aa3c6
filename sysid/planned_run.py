"""One run of a recipe, carried out where it belongs, whichever process does it."""

from collections.abc import Callable

import attrs

from sysid.data_path import note_paths
from sysid.errors import InterruptedTrainingError, SysidError, at
from sysid.execution import execute
from sysid.interruption import StopRequest, leave_if_asked
from sysid.lock import hold
from sysid.preparation import prepare
from sysid.purpose import note_purpose
from sysid.recipe import Recipe
from sysid.reporter import Reporter
from sysid.run_claim import plan_identity
from sysid.run_folder import RunFolder
from sysid.run_plan import RunPlan
from sysid.skipped_step import describe_left_out
from sysid.source import Recordings, Source
from sysid.thread import limit_threads


@attrs.frozen(eq=False)
class PlannedRun:
    """A run with its data and its folder.

    Attributes:
        plan: what it is.
        source: the data it uses.
        folder: where it goes.
        number, of: its place among the runs asked for, counted from 1, and how many these are.
    """

    plan: RunPlan
    source: Source
    folder: RunFolder
    number: int
    of: int


def carry_out(
    planned: PlannedRun,
    recipe: Recipe,
    recordings: Recordings,
    reporter: Reporter,
    should_stop: StopRequest,
) -> None:
    """Train and evaluate one run, or go on with it where an earlier process left it.

    Raises:
        SysidError: what is wrong, behind the names of recipe and run.
        InterruptedTrainingError: somebody asked to stop.
    """
    plan = planned.plan
    resumed = goes_on(plan, recipe, planned.folder)
    reporter.run_started(plan.name, planned.number, planned.of, resumed)
    with limit_threads(plan.training.threads):
        prepare_and_execute(planned, recipe, recordings, reporter, should_stop)
    note_paths(planned.folder, planned.source.dataset)
    tell_score(planned, reporter.run_finished)


def take_as_finished(planned: PlannedRun, recipe: Recipe, reporter: Reporter) -> None:
    """Bring what a finished run says of its recipe and data up to date, and tell its score."""
    note_purpose(planned.folder, planned.plan, recipe)
    note_paths(planned.folder, planned.source.dataset)
    tell_score(planned, reporter.run_skipped)
    left_out = describe_left_out(planned.folder.information())
    if left_out:
        reporter.note(f"{planned.plan.name}: {left_out}")


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


def prepare_and_execute(
    planned: PlannedRun,
    recipe: Recipe,
    recordings: Recordings,
    reporter: Reporter,
    should_stop: StopRequest,
) -> None:
    """Prepare one run and carry it out; somebody who asks to stop need not wait for the whole stimulus."""
    plan, source = planned.plan, planned.source
    where = f"{recipe.path}: datasets.{plan.dataset_name}"

    def watch(read: int, of: int) -> None:
        reporter.reading(plan.name, read, of)
        leave_if_asked(should_stop, "frames of the stimulus")

    prepared = prepare(plan, recordings.load(plan, source), where, watch)
    identity = plan_identity(plan, source)
    try:
        execute(prepared, source, planned.folder, identity, recipe, reporter, should_stop)
    except InterruptedTrainingError:
        raise
    except SysidError as error:
        raise at(f"{recipe.path}: {plan.name}", error) from error


def tell_score(planned: PlannedRun, tell: Callable[[str, float, bool], None]) -> None:
    """Tell the mean correlation of a finished run."""
    place = planned.folder
    correlation = place.scores()["correlation"]["mean"]
    simulated = place.information()["simulated"]
    tell(planned.plan.name, float("nan") if correlation is None else correlation, simulated)
