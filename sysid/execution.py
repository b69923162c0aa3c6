"""One run: from its plan and recordings to a finished run folder."""

import importlib.metadata
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import torch

from sysid.checkpoint import Progress, save_weights
from sysid.data_path import PATHS, paths_of
from sysid.device import choose_device, describe_device
from sysid.errors import SysidError
from sysid.evaluation import TestPart, evaluate
from sysid.identity import Identity, digest
from sysid.interruption import StopRequest
from sysid.least_squares import solve
from sysid.lock import hold
from sysid.model import Architecture, Model, assemble, count_parameters
from sysid.neuron_knowledge import known_population
from sysid.outline import outline
from sysid.population import Population
from sysid.purpose import purpose_of
from sysid.recipe import Recipe
from sysid.recording import PARTS, Recording
from sysid.reporter import Reporter
from sysid.run_folder import RunFolder, clear_results, open_folder
from sysid.run_plan import RunPlan
from sysid.sample import SessionSamples, gather_samples
from sysid.source import Source, at
from sysid.split import Split
from sysid.standardization import standardize
from sysid.training import Hooks, train
from sysid.training_log import TrainingLog


@attrs.frozen(eq=False)
class Prepared:
    """A run with its samples and its untrained model, before anything is written."""

    plan: RunPlan
    sessions: dict[str, SessionSamples]
    populations: dict[str, Population]
    model: Model
    device: torch.device


def prepare(plan: RunPlan, recordings: dict[str, Recording], where: str) -> Prepared:
    """Make samples and model, standardised by the training frames, on the device of the run.

    Raises:
        SysidError: a part of the split without bins, or parts that do not fit together.
    """
    device = choose_device(plan.training.device)
    sessions = gather_samples(recordings, plan.samples, device)
    try:
        check_parts({session: samples.splits for session, samples in sessions.items()}, plan)
    except SysidError as error:
        raise at(where, error) from error
    populations = {session: known_population(samples) for session, samples in sessions.items()}
    parts = architecture(plan, recordings)
    model = assemble(parts, outline(parts, populations).shapes, populations, plan.seed)
    if plan.samples.standardize:
        standardize(model.standardization, sessions)
    return Prepared(plan, sessions, populations, model.to(device), device)


def architecture(plan: RunPlan, recordings: dict[str, Recording]) -> Architecture:
    """Return the configs of a plan with the shape of one window."""
    shapes = {recording.frame_shape for recording in recordings.values()}
    if len(shapes) > 1:
        raise SysidError(
            f"datasets.{plan.dataset_name}: expected one (channel, height, width) for all sessions, "
            f"got {sorted(shapes)}"
        )
    return Architecture(plan.encoder, plan.core, plan.readout, (plan.samples.history, *shapes.pop()))


def check_parts(splits: dict[str, list[Split]], plan: RunPlan) -> None:
    """Refuse a split that leaves nothing to train on, to test on, or to choose by."""
    for session, of_session in splits.items():
        needed = [part for part in PARTS if part != "validation" or needs_validation(plan)]
        for part in needed:
            if any(len(split.bins[part]) for split in of_session):
                continue
            for_history = sum(split.dropped_for_history[part] for split in of_session)
            for_leakage = sum(split.dropped_for_leakage[part] for split in of_session)
            remedy = '; training.monitor = "training" needs none' if part == "validation" else ""
            raise SysidError(
                f"session {session}: expected {part} bins, got none ({for_history} dropped for want of "
                f"samples.history = {plan.samples.history} frames, {for_leakage} for sharing frames with "
                f"another part){remedy}"
            )


def needs_validation(plan: RunPlan) -> bool:
    """Say whether the run chooses by validation bins."""
    return plan.training.method == "gradient" and plan.training.monitor == "validation"


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
    with hold(folder):
        complete(prepared, folder, reporter, should_stop)


def complete(prepared: Prepared, folder: RunFolder, reporter: Reporter, should_stop: StopRequest) -> None:
    """Train from where the folder stands, evaluate, and mark it finished."""
    started = time.monotonic()
    clear_results(folder)
    log = TrainingLog(folder)
    try:
        outcome = fit(prepared, folder, log, reporter, should_stop)
        save_weights(folder.weights_file, prepared.model.state_dict())
        parts = evaluate(prepared.model, prepared.sessions, prepared.plan.training, folder)
        if prepared.plan.training.method == "gradient":
            log_responses(prepared, parts, log)
    finally:
        log.close()
    earlier = folder.information().get("seconds", 0.0)
    folder.update(
        state="finished",
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
    prepared: Prepared, folder: RunFolder, log: TrainingLog, reporter: Reporter, should_stop: StopRequest
) -> dict[str, Any]:
    """Fit the model, leave the best weights in it, and return what the fit came to."""
    training = prepared.plan.training
    if training.method == "least_squares":
        return solve(prepared.model, prepared.sessions, training)

    def on_epoch(epoch: Any) -> int:
        reporter.epoch(epoch)
        return log.epoch(epoch)

    def on_step(epoch: int, step: int, steps: int) -> None:
        reporter.step(epoch, training.epochs, step, steps)

    hooks = Hooks(on_step, on_epoch, should_stop, log.cut_back)
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
        "training_seconds": progress.seconds,
    }


def describe_run(prepared: Prepared, source: Source, identity: Identity, recipe: Recipe) -> dict[str, Any]:
    """Return what `run.json` says before the first step."""
    plan = prepared.plan
    return {
        "state": "begun",
        "name": plan.name,
        "recipe": recipe.name,
        "profile": recipe.profile,
        "settings": list(recipe.settings),
        "identity": identity,
        "digest": digest(identity),
        "simulated": source.provenance.simulated,
        "stands_in_for": source.stands_in_for,
        **purpose_of(plan, recipe),
        "data": attrs.asdict(source.provenance),
        PATHS: paths_of(source.dataset),
        "sessions": {
            session: {
                "neurons": list(population.ids),
                "centres": population.centres.tolist(),
                "frame_shape": list(samples.recording.frame_shape),
                "frame_rate_hz": samples.recording.frame_rate_hz,
                "bins": samples.dropped(),
            }
            for (session, samples), population in zip(
                prepared.sessions.items(), prepared.populations.values(), strict=True
            )
        },
        "parameters": count_parameters(prepared.model),
        "device": describe_device(prepared.device),
        "threads": plan.training.threads,
        "versions": software_versions(),
        "git_commit": git_commit(recipe.path),
    }


def software_versions() -> dict[str, str]:
    """Return the versions of what computed a result."""
    packages = ("neural-sysid", "torch", "numpy", "scipy", "pluggy", "attrs")
    return {"python": platform.python_version()} | {
        package: importlib.metadata.version(package) for package in packages
    }


def git_commit(file: Path) -> str:
    """Return the commit that the recipe's folder is at, or nothing where it is not in a git checkout."""
    for folder in file.resolve().parents:
        head = folder / ".git" / "HEAD"
        if head.is_file():
            text = head.read_text(encoding="utf-8").strip()
            target = folder / ".git" / text.removeprefix("ref: ")
            if not text.startswith("ref: "):
                return text
            return target.read_text(encoding="utf-8").strip() if target.is_file() else ""
    return ""
