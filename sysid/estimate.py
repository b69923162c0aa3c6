"""What a run will cost: memory from the outline, time from a few real steps on random data."""

import time

import attrs
import torch

from sysid.configuration import Training
from sysid.device import autocast, choose_device
from sysid.model import Architecture, assemble
from sysid.outline import Outline
from sysid.population import Population

FLOAT_BYTES = 4
WEIGHT_COPIES = 5  # weights, gradients, two moments of Adam, best weights
ACTIVATION_COPIES = (
    1  # the backward pass keeps about half of what layers put out; gradients take as much again
)
BASE_BYTES = 400 << 20  # Python, torch and the other libraries, as measured at start-up
TRIAL_SAMPLES = 4  # at first; a whole batch at paper size takes tens of seconds
LONG_ENOUGH_S = 0.3  # beside which the overhead of a step is small


@attrs.frozen
class Estimate:
    """What training costs.

    Attributes:
        memory_bytes: of the process at its peak.
        seconds_per_sample: of one training step; None where it was not measured.
    """

    memory_bytes: int
    seconds_per_sample: float | None


def estimate_memory(
    outline: Outline, architecture: Architecture, training: Training, frames: int | None
) -> int:
    """Return the bytes a training takes at its peak: weights, one batch, the movie as uint8.

    A batch is one of training, all of whose activations are kept, or one of evaluation, which is larger but
    needs no more than the input and output of one layer at a time.
    """
    time_steps, channels, height, width = architecture.input_shape
    window = time_steps * channels * height * width
    weights = WEIGHT_COPIES * outline.parameters
    batch = training.batch_size * (ACTIVATION_COPIES * outline.activations + 2 * window)
    without_gradient = training.evaluation_batch_size * (2 * outline.largest_activation + 2 * window)
    return (
        BASE_BYTES
        + FLOAT_BYTES * (weights + max(batch, without_gradient))
        + (frames or 0) * channels * height * width
    )


def time_step(
    outline: Outline, architecture: Architecture, populations: dict[str, Population], training: Training
) -> float:
    """Run a few training steps on noise of the right shape, and return seconds per sample of a step.

    The batch is doubled until a step is long enough to be timed, or the batch is whole: a short step on few
    samples would count what every step costs once for every sample.
    """
    device = choose_device(training.device)
    model = assemble(architecture, outline.shapes, populations, seed=0).to(device)
    optimizer = torch.optim.Adam(model.parameters())
    session = next(iter(populations))
    samples = min(training.batch_size, TRIAL_SAMPLES)
    while True:
        stimulus = torch.randn(samples, *architecture.input_shape, device=device)
        responses = torch.ones(samples, 1, populations[session].count, device=device)
        for _warm in (False, True):
            started = time.perf_counter()
            with autocast(device, training.precision):
                rates, penalty = model(stimulus, None, session)
            loss = model.readout(session).loss(rates[:, -1:].float(), responses, responses > 0) + penalty
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()  # waits for the device
            seconds = time.perf_counter() - started
        if seconds > LONG_ENOUGH_S or samples >= training.batch_size:
            return seconds / samples
        samples = min(2 * samples, training.batch_size)
