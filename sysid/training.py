"""The training loop."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import attrs
import numpy as np
import torch
from torch import Tensor

from sysid.batch_norm import STEPS_TO_FORGET, has_batch_norm, recompute_batch_norm
from sysid.checkpoint import Progress, TrainingState, load_state, save_state
from sysid.configuration import Training
from sysid.device import autocast
from sysid.errors import InterruptedTrainingError, SysidError
from sysid.metrics import correlation
from sysid.model import Model
from sysid.sample import SessionSamples


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


@attrs.frozen(eq=False)
class Hooks:
    """What the loop tells the outside world.

    Attributes:
        on_step: epoch, step and steps per epoch, after every step.
        on_epoch: after every epoch; returns the length of the log in bytes.
        should_stop: whether to save now and leave.
        on_resume: where the training goes on, so that logs are cut back to it.
    """

    on_step: Callable[[int, int, int], None]
    on_epoch: Callable[[Epoch], int]
    should_stop: Callable[[], bool]
    on_resume: Callable[[Progress], None]


def train(
    model: Model,
    sessions: dict[str, SessionSamples],
    training: Training,
    seed: int,
    state_file: Path,
    hooks: Hooks,
) -> tuple[dict[str, Tensor], Progress]:
    """Train until the patience or the epochs run out, and return the best weights.

    The order of samples and all noise are functions of seed, epoch and step, so a training that goes on
    from `state_file` ends with the same bits as one that was never stopped.

    Raises:
        InterruptedTrainingError: `hooks.should_stop` said so; the state is saved.
        SysidError: the loss, or what an epoch came to, is not finite; nothing of it was saved.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=training.learning_rate, eps=1e-7)  # eps as in Keras
    state = TrainingState(model, optimizer, {}, Progress())
    if state_file.exists():
        load_state(state_file, state)
    hooks.on_resume(state.progress)
    saved = started = time.monotonic()
    earlier = state.progress.seconds
    while state.progress.epoch < training.epochs and not state.progress.stopped:
        progress = state.progress
        batches = epoch_batches(sessions, training.batch_size, seed, progress.epoch)
        epoch_started = time.monotonic()
        for session, chosen in batches[progress.step :]:
            progress.loss_sum += take_step(state, sessions[session], session, chosen, training, seed)
            progress.step += 1
            progress.steps += 1
            hooks.on_step(progress.epoch, progress.step, len(batches))
            stopping = hooks.should_stop()
            if stopping or time.monotonic() - saved > training.checkpoint_every_s:
                refuse_broken_weights(state)
                progress.seconds = earlier + time.monotonic() - started
                save_state(state_file, state)
                saved = time.monotonic()
            if stopping:
                raise InterruptedTrainingError("interrupted and saved; the same command goes on from here")
        end_epoch(state, sessions, training, hooks, epoch_started)
    state.progress.seconds = earlier + time.monotonic() - started
    save_state(state_file, state)
    return state.best, state.progress


def epoch_batches(
    sessions: dict[str, SessionSamples], size: int, seed: int, epoch: int
) -> list[tuple[str, Tensor]]:
    """Return the batches of one epoch, each of one session: (session, sample numbers), in a drawn order."""
    generator = torch.Generator().manual_seed(_mix(seed, epoch, 0))
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


def take_step(
    state: TrainingState,
    samples: SessionSamples,
    session: str,
    chosen: Tensor,
    training: Training,
    seed: int,
) -> float:
    """Take one gradient step and return the loss times the number of samples."""
    progress = state.progress
    torch.manual_seed(_mix(seed, progress.epoch, progress.step + 1))  # noise and dropout of this very step
    state.model.train()
    batch = samples.batch("train", chosen)
    with autocast(samples.device, training.precision):
        rates, penalty = state.model(batch.stimulus, batch.behaviour, session)
        rates = rates[:, -batch.responses.shape[1] :]  # batch time neuron
    fit = state.model.readout(session).loss(rates.float(), batch.responses, batch.mask)
    loss = fit + penalty.float()
    value = loss.item()
    if not math.isfinite(value):
        raise broken(f"the loss is {value} in epoch {progress.epoch}, step {progress.step}")
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if training.gradient_clip is not None:
        torch.nn.utils.clip_grad_norm_(state.model.parameters(), training.gradient_clip)
    state.optimizer.step()
    return value * len(chosen)


def broken(what: str) -> SysidError:
    """Return the error that ends a training whose numbers ran away."""
    return SysidError(
        f"training: {what}; a smaller training.learning_rate or training.gradient_clip may help"
    )


def refuse_broken_weights(state: TrainingState) -> None:
    """Stop before weights that no further step can mend are kept: the last step's loss came before them.

    Raises:
        SysidError: a weight is NaN or infinite; the line names the tensor.
    """
    for name, weights in state.model.named_parameters():
        if not torch.isfinite(weights).all():
            epoch, step = state.progress.epoch, state.progress.step - 1
            raise broken(f"{name} has weights that are NaN or infinite after epoch {epoch}, step {step}")


def end_epoch(
    state: TrainingState,
    sessions: dict[str, SessionSamples],
    training: Training,
    hooks: Hooks,
    started: float,
) -> None:
    """Validate, keep the weights if they are the best so far, and decide whether to go on.

    Raises:
        SysidError: a weight or the validation loss is not finite; the best weights stay what they were.
    """
    progress = state.progress
    refuse_broken_weights(state)
    if training.recompute_batch_norm and has_batch_norm(state.model) and progress.steps <= STEPS_TO_FORGET:
        recompute_batch_norm(state.model, sessions, training.batch_size)
    training_loss = progress.loss_sum / sum(samples.count("train") for samples in sessions.values())
    validation_loss, validation_correlation = validate(state.model, sessions, training)
    validated = any(samples.count("validation") for samples in sessions.values())
    if validated and not math.isfinite(validation_loss):
        raise broken(f"the validation loss is {validation_loss} in epoch {progress.epoch}")
    score = training_loss if training.monitor == "training" else validation_loss
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
    progress.epoch, progress.step, progress.loss_sum = progress.epoch + 1, 0, 0.0


@torch.no_grad()
def validate(model: Model, sessions: dict[str, SessionSamples], training: Training) -> tuple[float, float]:
    """Return the loss on the validation bins, without penalties, and the mean correlation over cells."""
    model.eval()
    total, count = 0.0, 0
    correlations: list[np.ndarray] = []
    for session, samples in sessions.items():
        predictions, responses = [], []
        for batch in samples.batches("validation", training.evaluation_batch_size):
            rates = model(batch.stimulus, batch.behaviour, session)[0][:, -1:]
            loss = model.readout(session).loss(rates, batch.responses, batch.mask)
            total += float(loss) * len(rates)
            count += len(rates)
            predictions.append(rates[:, 0].cpu())
            responses.append(torch.where(batch.mask, batch.responses, torch.nan)[:, 0].cpu())
        if predictions:
            shown = torch.cat(responses).numpy()[None]  # 1 bin neuron
            correlations.append(correlation(shown, torch.cat(predictions).numpy()))
    if not count:
        return math.nan, math.nan
    cells = np.concatenate(correlations)
    cells = cells[~np.isnan(cells)]
    return total / count, float(cells.mean()) if len(cells) else math.nan


def _mix(*numbers: int) -> int:
    """Return one seed from several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
