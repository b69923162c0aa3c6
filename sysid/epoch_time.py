"""The time an epoch takes, from a few steps on random data."""

import math
import statistics
import time
from collections.abc import Callable

import attrs
from torch import Tensor

from sysid.batch_norm import BATCHES, has_batch_norm
from sysid.configuration import Training
from sysid.memory_reuse import keep_freed_memory
from sysid.trial import Trial, resize

Call = Callable[[], Tensor]

FIRST_SAMPLES = 4  # a whole batch at once may take minutes where convolutions are direct
GROWTH = 4
BUDGET_S = 8.0  # for a step, and half of it for an evaluation; what takes longer is extrapolated
LONG_ENOUGH_S = 0.5  # a shorter step is taken several times
MOST_REPEATS = 3


@attrs.frozen
class StepTime:
    """What was timed.

    Attributes:
        step_s: of a training step with a whole batch.
        evaluation_s: per sample, without gradients.
        batch_norm: whether the model has statistics to be recomputed.
    """

    step_s: float
    evaluation_s: float
    batch_norm: bool


@attrs.frozen
class SampleCount:
    """How many samples of each part a session has; all are called training samples where only bins are known.

    Attributes:
        train, validation: samples by part.
        exact: whether the data were looked at.
    """

    train: int
    validation: int
    exact: bool


@attrs.frozen
class EpochTime:
    """Seconds of one epoch by what they are spent on.

    Attributes:
        steps: how many training steps.
        training_s: of all of these.
        statistics_s: of batch norm statistics, while there were fewer than 1000 steps.
        validation_s: of the validation.
    """

    steps: int
    training_s: float
    statistics_s: float
    validation_s: float

    @property
    def seconds(self) -> float:
        """Of the whole epoch."""
        return self.training_s + self.statistics_s + self.validation_s


def time_steps(trial: Trial, evaluation_batch_size: int) -> StepTime:
    """Time training steps and evaluations on noise of the right shape, in training as in a run.

    Batches grow up to the whole one for as long as there is time; what was not reached is extrapolated along
    the line through the two largest, since a step costs something for every batch and something for every
    sample of it.
    """
    batch = trial.training.batch_size

    def train_on(samples: int) -> Call:
        return resize(trial, samples).step

    def evaluate_on(samples: int) -> Call:
        return resize(trial, samples).evaluate

    with keep_freed_memory():
        step_s = time_growing(train_on, batch, BUDGET_S)
        evaluation_s = time_growing(evaluate_on, evaluation_batch_size, BUDGET_S / 2)
    return StepTime(step_s, evaluation_s / evaluation_batch_size, has_batch_norm(trial.model))


def time_growing(prepare: Callable[[int], Call], whole: int, budget_s: float) -> float:
    """Return the seconds of a call on a whole batch, measured on growing ones within a budget."""
    samples = min(whole, FIRST_SAMPLES)
    points: list[tuple[int, float]] = []
    left = budget_s
    while True:
        started = time.perf_counter()
        points.append((samples, time_call(prepare(samples))))
        left -= time.perf_counter() - started
        following = min(whole, GROWTH * samples)
        if samples == whole or 2 * points[-1][1] * following / samples > left:  # 2: once to warm up
            return extrapolate(points, whole)
        samples = following


def time_call(call: Call) -> float:
    """Return the median seconds of a call that is warmed up; one to three measurements by its length."""
    taken: list[float] = []
    call().cpu()  # waits until the device has done it
    while len(taken) < MOST_REPEATS and sum(taken) < LONG_ENOUGH_S:
        started = time.perf_counter()
        call().cpu()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def extrapolate(points: list[tuple[int, float]], whole: int) -> float:
    """Return the seconds of a whole batch from the largest that were timed."""
    samples, seconds = points[-1]
    if len(points) == 1:
        return seconds * whole / samples
    fewer, less = points[-2]
    return seconds + max(seconds - less, 0) / (samples - fewer) * (whole - samples)


def epoch_time(taken: StepTime, counts: tuple[SampleCount, ...], training: Training) -> EpochTime:
    """Put an epoch together: training steps, batch norm statistics, validation.

    Args:
        taken: what was timed.
        counts: of every session.
        training: of the run.
    """
    batch = training.batch_size
    full = sum(count.train for count in counts) / batch  # a last, smaller batch takes its share
    statistics_samples = 0
    if taken.batch_norm and training.recompute_batch_norm:
        statistics_samples = sum(min(count.train, BATCHES * batch) for count in counts)
    return EpochTime(
        sum(math.ceil(count.train / batch) for count in counts),
        full * taken.step_s,
        statistics_samples * taken.evaluation_s,
        sum(count.validation for count in counts) * taken.evaluation_s,
    )
