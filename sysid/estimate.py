"""The memory a run takes, stated before it is needed."""

from typing import Literal

import attrs
import torch

from sysid.configuration import Training
from sysid.device import choose_device
from sysid.memory_trace import Peaks, trace
from sysid.model import Architecture
from sysid.outline import Outline
from sysid.population import Population
from sysid.response_size import ResponseSize
from sysid.trial import make_trial

FLOAT_BYTES = 4
# Python, torch and the other libraries: what `sysid run` takes for a model of 100 weights
BASE_BYTES = 460 << 20
# what gaps between tensors add on the CPU, where freed memory is kept (see `sysid.memory_reuse`): measured
# 40 to 45 % at the sizes of Zheng et al. 2021, and 170 % for a small model with a recurrence over time
GAPS = 1.4
STATE_COPIES = 4  # weights, best weights and two moments of Adam, copied when they are saved

Basis = Literal["traced", "rough", "least"]


@attrs.frozen
class Memory:
    """What a run takes at its peak.

    Attributes:
        process_bytes: of the process, libraries included.
        device_bytes: of the GPU, without what its driver takes for itself; None where the CPU computes.
        basis: "traced" where a training step was traced; "rough" where a part cannot be traced, and the
            outputs of layers were counted; "least" where a closed form is solved, which takes as much more
            as the readout needs.
    """

    process_bytes: int
    device_bytes: int | None
    basis: Basis


@attrs.frozen
class Movie:
    """Bytes of the frames: as the dataset holds them, and what of that is brought to the device at once."""

    source_bytes: int
    resident_bytes: int


def estimate_memory(
    outline: Outline,
    architecture: Architecture,
    populations: dict[str, Population],
    training: Training,
    movie: Movie,
    responses: ResponseSize,
) -> Memory:
    """Return what a run takes: libraries, data, weights, and the worst moment of training and evaluation."""
    weights = FLOAT_BYTES * outline.parameters
    peaks, basis = find_peaks(outline, architecture, populations, training)
    step = max(peaks.training, peaks.evaluation) + weights  # the best weights so far
    saved = STATE_COPIES * weights
    process = BASE_BYTES + movie.source_bytes + responses.source_bytes
    on_device = movie.resident_bytes + responses.sample_bytes
    scoring = responses.scoring_bytes
    if choose_device(training.device).type == "cpu":
        at_rest = 5 * weights  # weights, gradients, two moments, best weights
        tensors = max(round(GAPS * step), at_rest + saved, at_rest + scoring)
        return Memory(process + on_device + tensors, None, basis)
    return Memory(process + max(saved, scoring), on_device + step, basis)


def find_peaks(
    outline: Outline, architecture: Architecture, populations: dict[str, Population], training: Training
) -> tuple[Peaks, Basis]:
    """Return the bytes of tensors at the worst moments, and how they were found."""
    if training.method == "least_squares":
        return count_layers(outline, architecture, attrs.evolve(training, batch_size=1)), "least"
    single = attrs.evolve(training, precision="float32")  # the meta device has no other; it takes more
    try:
        trial = make_trial(architecture, outline.shapes, populations, single, torch.device("meta"))
        return trace(trial, training.evaluation_batch_size), "traced"
    except Exception:  # a plugin's part may do on the meta device whatever it likes; it may still train
        return count_layers(outline, architecture, training), "rough"


def count_layers(outline: Outline, architecture: Architecture, training: Training) -> Peaks:
    """Estimate the peaks of a model by what its layers put out.

    Training keeps about half of that for the backward pass, and gradients take as much again; evaluation
    needs no more than the input and output of one layer at a time.
    """
    time_steps, channels, height, width = architecture.input_shape
    window = time_steps * channels * height * width
    at_rest = 4 * outline.parameters  # weights, gradients, two moments of Adam
    step = training.batch_size * (outline.activations + 2 * window)
    evaluation = training.evaluation_batch_size * (2 * outline.largest_activation + 2 * window)
    return Peaks(FLOAT_BYTES * (at_rest + step), FLOAT_BYTES * (at_rest + evaluation))
