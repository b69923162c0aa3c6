"""The time of an epoch, put together from a few steps."""

import pytest
import torch

from sysid import epoch_time as module
from sysid.configuration import Training
from sysid.epoch_time import SampleCount, StepTime, epoch_time, extrapolate, time_growing


class Clock:
    """A clock that moves by .1 s and .05 s for every sample of a call."""

    def __init__(self):
        self.now = 0.0
        self.batches = []

    def perf_counter(self):
        return self.now

    def prepare(self, samples):
        def call():
            self.batches.append(samples)
            self.now += 0.1 + 0.05 * samples
            return torch.zeros(())

        return call


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def test_a_whole_batch_is_timed_where_there_is_time_for_it(clock):
    assert time_growing(clock.prepare, 64, budget_s=30.0) == pytest.approx(3.3)
    assert set(clock.batches) == {4, 16, 64}


def test_what_was_not_reached_lies_on_the_line_through_the_last_two(clock):
    assert time_growing(clock.prepare, 64, budget_s=6.0) == pytest.approx(3.3)
    assert set(clock.batches) == {4, 16}


def test_one_batch_that_takes_all_the_time_is_scaled(clock):
    assert time_growing(clock.prepare, 64, budget_s=0.1) == pytest.approx(16 * 0.3)
    assert set(clock.batches) == {4}


def test_a_batch_that_was_timed_in_a_slow_moment_makes_no_time_negative():
    assert extrapolate([(4, 2.0), (16, 1.0)], 64) == 1.0


def test_an_epoch_is_the_sum_of_its_parts():
    counts = (SampleCount(100, 20, exact=True), SampleCount(30, 0, exact=True))
    taken = StepTime(step_s=2.0, evaluation_s=0.1, batch_norm=True)
    epoch = epoch_time(taken, counts, Training(batch_size=4))
    assert epoch.steps == 25 + 8
    assert epoch.training_s == pytest.approx(2.0 * 130 / 4)
    assert epoch.statistics_s == pytest.approx(0.1 * (16 * 4 + 30))  # 16 batches of the one, all of the other
    assert epoch.validation_s == pytest.approx(0.1 * 20)
    assert epoch_time(taken, counts, Training(recompute_batch_norm=False)).statistics_s == 0
    without = StepTime(2.0, 0.1, batch_norm=False)
    assert epoch_time(without, counts, Training()).statistics_s == 0
