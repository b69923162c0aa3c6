"""One gradient step, by one process or by several that share the batch."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from sysid.checkpoint import TrainingState
from sysid.compilation import CompiledForward
from sysid.configuration import Training
from sysid.culprit import describe_places, name_broken_input, name_culprit
from sysid.device import autocast, widen
from sysid.divergence import BrokenStepError, find_broken_gradient
from sysid.global_layer import global_layers
from sysid.kept_statistic import KeptStatistics
from sysid.model import Model
from sysid.process_group import first_word, group_size, mean_over_processes
from sysid.sample import Batch, SessionSamples
from sysid.shared_batch import batch_sum, own_share, share_batch

Loss = Callable[[Batch, str], Tensor]
"""The loss of this process's samples of one session: its average over processes is that of the batch."""


class OwnLoss(nn.Module):
    """Compute the loss of the samples that this process has of a batch."""

    def __init__(self, model: Model, precision: str, compiled: CompiledForward | None = None):
        super().__init__()
        self.model = model
        self.precision = precision
        self.compiled = compiled

    def forward(self, batch: Batch, session: str) -> Tensor:
        """Return fit + penalty: of the whole batch, or such that processes average to that.

        The readout's loss is a mean over recorded bins, so with several processes it is weighted by how many
        of the batch's recorded bins are this one's. A penalty is that of the whole batch in every process.
        """
        call = self.model if self.compiled is None else self.compiled
        with autocast(batch.stimulus.device, self.precision):
            rates, penalty = call(batch.stimulus, batch.behaviour, session, batch.earlier)
            rates = rates[:, -batch.responses.shape[1] :]  # batch time neuron
        fit = self.model.readout(session).loss(widen(rates), batch.responses, batch.mask)
        if own_share() is not None:
            bins = batch.mask.sum()
            fit = fit * (group_size() * bins.double() / batch_sum(bins)).to(fit.dtype)
        return fit + widen(penalty)


@contextmanager
def prepare_loss(model: Model, training: Training, warn: Callable[[str], None]) -> Iterator[Loss]:
    """Give the loss of a model, with gradients averaged over all processes where there are several.

    Only one process alone compiles: layers that speak with other processes cannot be compiled.
    """
    if group_size() == 1:
        compiled = CompiledForward(model, warn) if training.compile else None
        yield OwnLoss(model, training.precision, compiled)
        return
    if training.compile:
        warn("training.compile: goes on without, as several processes train this model")
    loss = OwnLoss(model, training.precision)
    # A batch comes from one session, so the readouts of others have no gradient, and torch has to look for
    # such weights. It warns where it finds none, so there is always one. And as it then keeps to the order in
    # which it sums gradients from the first step on, a training that goes on ends with the same bits.
    device = next(model.parameters()).device
    loss.register_parameter("unused", nn.Parameter(torch.zeros(1, device=device)))
    with global_layers(model):
        yield DistributedDataParallel(
            loss,
            forward_sync_buffers=False,  # statistics are those of the whole batch in every process
            find_unused_parameters=True,
        )


def take_step(
    state: TrainingState,
    samples: SessionSamples,
    session: str,
    chosen: Tensor,
    training: Training,
    seed: int,
    loss: Loss,
) -> float:
    """Take one gradient step and return the loss times the number of samples.

    Raises:
        BrokenStepError: the loss or a gradient is not finite, in all processes alike; the line names the
            batch and what is wrong in it. Weights, statistics and optimiser are what they were.
    """
    progress, model = state.progress, state.model
    step_seed = mix_seed(seed, progress.epoch, progress.step + 1)
    torch.manual_seed(step_seed)  # noise and dropout of this very step
    model.train()
    before = KeptStatistics(model)
    with share_batch(len(chosen)) as own:
        batch = samples.batch("train", chosen[own], earlier=model.takes_earlier(session))
        of_batch = loss(batch, session)
        value = mean_over_processes(of_batch).item()
        wrong = "" if math.isfinite(value) else f"the loss is {value}"
        if not wrong:
            differentiate(of_batch, model, state.optimizer, training)
            name = find_broken_gradient(model)
            wrong = name and f"the gradient of {name} is NaN or infinite, though the loss is {value:g},"
        if wrong:
            torch.manual_seed(step_seed)
            with torch.no_grad():
                given = model(batch.stimulus, batch.behaviour, session, batch.earlier)
    if wrong:
        here = (samples, batch, chosen[own])
        culprit = first_word(name_broken_input(*here)) or first_word(
            name_culprit(*here, model.readout(session), *given)
        )
        before.restore()
        state.optimizer.zero_grad(set_to_none=True)
        where = f"epoch {progress.epoch}, step {progress.step}, session {session}"
        what = f"{wrong} in {where}, {describe_places(samples, chosen)}"
        raise BrokenStepError(what + (culprit and f": {culprit}"))
    state.optimizer.step()
    return value * len(chosen)


def differentiate(loss: Tensor, model: Model, optimizer: torch.optim.Optimizer, training: Training) -> None:
    """Leave the gradients of a loss, clipped if that is asked for, in place of those of the step before."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if training.gradient_clip is not None:
        torch.nn.utils.clip_grad_norm_(model.parameters(), training.gradient_clip)


def mix_seed(*numbers: int) -> int:
    """Return one seed from several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
