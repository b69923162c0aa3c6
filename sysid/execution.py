"""One run: from its plan and recordings to a finished run folder."""

import time
from datetime import UTC, datetime
from typing import Any

from sysid.checkpoint import Progress
from sysid.evaluation import TestPart, evaluate
from sysid.identity import Identity
from sysid.interruption import StopRequest, leave_if_asked
from sysid.joint_training import Task, describe_task, train_together
from sysid.least_squares import solve
from sysid.lock import hold
from sysid.place import own_place
from sysid.preparation import Prepared
from sysid.recipe import Recipe
from sysid.reporter import Reporter
from sysid.run_description import describe_run
from sysid.run_folder import RunFolder, clear_results, open_folder
from sysid.source import Source
from sysid.stored_weights import store_weights
from sysid.training import Hooks, train
from sysid.training_log import TrainingLog


def execute(
    prepared: Prepared,
    source: Source,
    folder: RunFolder,
    identity: Identity,
    recipe: Recipe,
    reporter: Reporter,
    should_stop: StopRequest,
) -> None:
    """Train and evaluate, and leave a finished run folder behind; a begun one is gone on with.

    Raises:
        SysidError: another process is at work on this run, or what training and evaluation say is wrong.
        InterruptedTrainingError: `should_stop` said so.
    """
    open_folder(folder, describe_run(prepared, source, identity, recipe), recipe.text)
    task = describe_task(recipe, prepared.plan, identity, folder.state_file)
    with hold(folder):
        complete(prepared, task, folder, reporter, should_stop)


def complete(
    prepared: Prepared, task: Task, folder: RunFolder, reporter: Reporter, should_stop: StopRequest
) -> None:
    """Train from where the folder stands, evaluate, and mark it finished."""
    started = time.monotonic()
    clear_results(folder)
    log = TrainingLog(folder)
    try:
        outcome = fit(prepared, task, folder, log, reporter, should_stop)
        store_weights(folder, prepared.model.state_dict())
        parts = evaluate(
            prepared.model,
            prepared.sessions,
            prepared.plan.training,
            folder,
            lambda: leave_if_asked(should_stop, "batches of the evaluation"),
        )
        if prepared.plan.training.method == "gradient":
            log_responses(prepared, parts, log)
    finally:
        log.close()
    earlier = folder.information().get("seconds", 0.0)
    folder.update(
        state="finished",
        process=None,
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        outcome=outcome,
        seconds=earlier + time.monotonic() - started,
    )


def log_responses(prepared: Prepared, parts: dict[str, TestPart], log: TrainingLog) -> None:
    """Show example responses in TensorBoard, beside the losses of a training."""
    from sysid.response_figure import draw_responses  # matplotlib is slow to import

    for session, part in parts.items():
        figure = draw_responses(part, prepared.sessions[session].recording)
        log.figure(f"responses/{session}", figure, 0)


def fit(
    prepared: Prepared,
    task: Task,
    folder: RunFolder,
    log: TrainingLog,
    reporter: Reporter,
    should_stop: StopRequest,
) -> dict[str, Any]:
    """Fit the model, leave the best weights in it, and return what the fit came to.

    Several processes train by gradient together; a closed form is solved by this one alone.
    """
    training = prepared.plan.training
    if training.method == "least_squares":
        return solve(prepared.model, prepared.sessions, training, should_stop)

    def on_epoch(epoch: Any) -> int:
        reporter.epoch(prepared.plan.name, epoch)
        return log.epoch(epoch)

    def on_step(epoch: int, step: int, steps: int) -> None:
        reporter.step(prepared.plan.name, epoch, training.epochs, step, steps)

    def warn(line: str) -> None:
        reporter.warn(f"{prepared.plan.name}: {line}")

    hooks = Hooks(on_step, on_epoch, should_stop, log.cut_back, warn, log.bring_to_disk)
    folder.update(processes=own_place().count)
    with train_together(task, prepared.device, should_stop):
        best, progress = train(
            prepared.model, prepared.sessions, training, prepared.plan.seed, folder.state_file, hooks
        )
    prepared.model.load_state_dict(best)
    return outcome_of(progress)


def outcome_of(progress: Progress) -> dict[str, Any]:
    """Return what `run.json` says of a training."""
    return {
        "epochs": progress.epoch,
        "best_epoch": progress.best_epoch,
        "best_loss": progress.best_score,
        "steps": progress.steps,
        "skipped_steps": progress.skipped,
        "training_seconds": progress.seconds,
    }
