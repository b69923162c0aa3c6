"""Fit a model whose readout can be solved in closed form."""

from collections.abc import Iterable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from sysid.configuration import Training
from sysid.errors import SysidError
from sysid.interface import SolvableReadout
from sysid.interruption import StopRequest, leave_if_asked
from sysid.model import Model, count_parameters
from sysid.recording import Part
from sysid.sample import SessionSamples


@torch.no_grad()
def solve(
    model: Model,
    sessions: dict[str, SessionSamples],
    training: Training,
    should_stop: StopRequest | None = None,
) -> dict[str, float]:
    """Solve every session's readout on the training bins; the validation bins choose the penalty.

    Returns what each readout chose, by name.

    Raises:
        SysidError: the readout cannot be solved, or encoder or core have weights that only a gradient finds.
        InterruptedTrainingError: `should_stop` said so between two batches; nothing of the solution is kept.
    """
    chosen: dict[str, float] = {}
    model.eval()
    check_solvable({part: getattr(model, part) for part in ("encoder", "core")}, model.readouts.values())
    for session, samples in sessions.items():
        readout = model.readout(session)
        assert isinstance(readout, SolvableReadout)
        batches = partial(_features, model, samples, training, should_stop)
        found = readout.solve(partial(batches, "train"), partial(batches, "validation"))
        prefix = f"{session}." if len(sessions) > 1 else ""
        chosen |= {prefix + name: value for name, value in found.items()}
    return chosen


def check_solvable(parts: dict[str, nn.Module], readouts: Iterable[nn.Module]) -> None:
    """Refuse parts whose weights only a gradient finds, and readouts without a closed form.

    Raises:
        SysidError: one line for the first of them.
    """
    for part, module in parts.items():
        if count_parameters(module):
            raise SysidError(
                f'training.method: "least_squares" fits the readout alone, but the {part} has weights; '
                'use "gradient"'
            )
    for readout in readouts:
        if not isinstance(readout, SolvableReadout):
            raise SysidError(
                f'training.method: expected a readout that can be solved for "least_squares", '
                f'got {type(readout).__name__}; use "gradient"'
            )


def _features(
    model: Model, samples: SessionSamples, training: Training, should_stop: StopRequest | None, part: Part
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield features, responses (batch, neuron) and mask of one part."""
    for batch in samples.batches(part, training.evaluation_batch_size):
        if should_stop is not None:
            leave_if_asked(should_stop, "batches")
        features, _ = model.features(batch.stimulus)
        yield features, batch.responses[:, -1], batch.mask[:, -1]
