"""The training loop."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import attrs
import torch
from torch import Tensor

from sysid.batch_norm import STEPS_TO_FORGET, has_batch_norm, recompute_batch_norm
from sysid.checkpoint import Progress, TrainingState, load_state
from sysid.configuration import Training
from sysid.divergence import SMALLER_STEPS, BrokenStepError, broken
from sysid.errors import InterruptedTrainingError
from sysid.memory_reuse import keep_freed_memory
from sysid.model import Model
from sysid.optimizer import make_optimizer
from sysid.process_group import any_process, as_first
from sysid.sample import SessionSamples
from sysid.saver import Saver
from sysid.shared_state import share_state
from sysid.skipped_step import leave_out
from sysid.training_step import Loss, mix_seed, prepare_loss, take_step
from sysid.validation import validate


@attrs.frozen
class Epoch:
    """What one epoch came to; validation figures are NaN where there are no validation bins."""

    epoch: int
    training_loss: float
    validation_loss: float
    validation_correlation: float
    learning_rate: float
    improved: bool
    seconds: float


def ignore_line(_line: str) -> None:
    """Hear nothing."""


def ignore_save() -> None:
    """Do nothing before a state is saved."""


@attrs.frozen(eq=False)
class Hooks:
    """What the loop tells the outside world.

    Attributes:
        on_step: epoch, step and steps per epoch, after every step.
        on_epoch: after every epoch; returns the length of the log in bytes.
        should_stop: whether to save now and leave.
        on_resume: where the training goes on, so that logs are cut back to it.
        warn: one line that somebody should read.
        on_save: before the state is saved, which counts on what was told before.
    """

    on_step: Callable[[int, int, int], None]
    on_epoch: Callable[[Epoch], int]
    should_stop: Callable[[], bool]
    on_resume: Callable[[Progress], None]
    warn: Callable[[str], None] = ignore_line
    on_save: Callable[[], None] = ignore_save


def silent_hooks(should_stop: Callable[[], bool]) -> Hooks:
    """Return hooks that tell nobody."""

    def ignore_step(_epoch: int, _step: int, _steps: int) -> None:
        pass

    def ignore_epoch(_epoch: Epoch) -> int:
        return 0

    def ignore_progress(_progress: Progress) -> None:
        pass

    return Hooks(ignore_step, ignore_epoch, should_stop, ignore_progress)


def train(
    model: Model,
    sessions: dict[str, SessionSamples],
    training: Training,
    seed: int,
    state_file: Path | None,
    hooks: Hooks,
) -> tuple[dict[str, Tensor], Progress]:
    """Train until the patience or the epochs run out, and return the best weights.

    The order of samples and all noise are functions of seed, epoch and step, so a training that goes on
    from `state_file` ends with the same bits as one that was never stopped.

    Several processes each compute their samples of every batch (see `sysid.shared_batch`) and take the same
    step. The first of them alone reads and writes `state_file`; the others have none.

    Raises:
        InterruptedTrainingError: `hooks.should_stop` said so; the state is saved.
        SysidError: the loss, or what an epoch came to, is not finite; nothing of it was saved, and what was
            before it is.
    """
    state = TrainingState(model, make_optimizer(model, training), {}, Progress())
    if state_file is not None and state_file.exists():
        load_state(state_file, state)
    share_state(state)
    hooks.on_resume(state.progress)
    saver = Saver(state_file, state, training.checkpoint_every_s, hooks.on_save)
    with keep_freed_memory(), prepare_loss(model, training, hooks.warn) as loss:
        while state.progress.epoch < training.epochs and not state.progress.stopped:
            train_epoch(state, sessions, training, seed, loss, hooks, saver)
    saver.save()
    return state.best, state.progress


def train_epoch(
    state: TrainingState,
    sessions: dict[str, SessionSamples],
    training: Training,
    seed: int,
    loss: Loss,
    hooks: Hooks,
    saver: Saver,
) -> None:
    """Take the steps that are left of one epoch, and end it.

    Raises:
        InterruptedTrainingError: `hooks.should_stop` said so, in any process; the state is saved.
    """
    progress = state.progress
    batches = epoch_batches(sessions, training.batch_size, seed, progress.epoch)
    started = time.monotonic()
    for session, chosen in batches[progress.step :]:
        try:
            progress.loss_sum += take_step(state, sessions[session], session, chosen, training, seed, loss)
        except BrokenStepError as error:
            leave_out(error, len(chosen), state, training, saver, hooks.warn)
        else:
            progress.steps += 1
            progress.skipped_in_row = 0
        progress.step += 1
        hooks.on_step(progress.epoch, progress.step, len(batches))
        stopping = any_process(hooks.should_stop())
        if stopping or saver.due():
            saver.save()
        if stopping:
            raise InterruptedTrainingError("interrupted and saved; the same command goes on from here")
    end_epoch(state, sessions, training, hooks, saver, started)


def epoch_batches(
    sessions: dict[str, SessionSamples], size: int, seed: int, epoch: int
) -> list[tuple[str, Tensor]]:
    """Return the batches of one epoch, each of one session: (session, sample numbers), in a drawn order."""
    generator = torch.Generator().manual_seed(mix_seed(seed, epoch, 0))
    batches = [
        (session, chosen)
        for session, samples in sessions.items()
        for chosen in _split(torch.randperm(samples.count("train"), generator=generator), size)
    ]
    order = torch.randperm(len(batches), generator=generator).tolist()
    return [batches[number] for number in order] if len(sessions) > 1 else batches


def _split(samples: Tensor, size: int) -> list[Tensor]:
    """Return batches; a last one of a single sample joins the one before, as batch norm needs two."""
    batches = list(samples.split(size))
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches


def end_epoch(
    state: TrainingState,
    sessions: dict[str, SessionSamples],
    training: Training,
    hooks: Hooks,
    saver: Saver,
    started: float,
) -> None:
    """Validate, keep the weights if they are the best so far, and decide whether to go on.

    Raises:
        SysidError: a weight or the validation loss is not finite; the best weights stay what they were.
    """
    progress = state.progress
    saver.refuse_broken_weights()
    if training.recompute_batch_norm and has_batch_norm(state.model) and progress.steps <= STEPS_TO_FORGET:
        recompute_batch_norm(state.model, sessions, training.batch_size)
    counted = sum(samples.count("train") for samples in sessions.values()) - progress.skipped_samples
    training_loss = progress.loss_sum / counted if counted else math.nan
    training_loss, validation_loss, validation_correlation = as_first(
        training_loss, *validate(state.model, sessions, training)
    )
    validated = any(samples.count("validation") for samples in sessions.values())
    if validated and not math.isfinite(validation_loss):
        what = f"the validation loss is {validation_loss} in epoch {progress.epoch}"
        raise broken(what, saver.name_kept(), SMALLER_STEPS)
    score = training_loss if training.monitor == "training" else validation_loss
    score = math.inf if math.isnan(score) else score  # no step of the epoch was taken
    improved = score < progress.best_score - training.min_delta or not state.best
    if improved:
        progress.best_score, progress.best_epoch = score, progress.epoch
        state.best = {name: value.detach().clone() for name, value in state.model.state_dict().items()}
    progress.stopped = progress.epoch - progress.best_epoch >= training.patience
    progress.log_bytes = hooks.on_epoch(
        Epoch(
            progress.epoch,
            training_loss,
            validation_loss,
            validation_correlation,
            state.optimizer.param_groups[0]["lr"],
            improved,
            time.monotonic() - started,
        )
    )
    progress.epoch, progress.step = progress.epoch + 1, 0
    progress.loss_sum, progress.skipped_samples = 0.0, 0
