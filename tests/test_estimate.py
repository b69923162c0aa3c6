"""What `sysid check` says of memory."""

import attrs
import pytest
import torch
from torch import nn

from sysid import estimate
from sysid.configuration import Training
from sysid.estimate import BASE_BYTES, GAPS, Movie, estimate_memory, find_peaks
from sysid.memory_trace import Peaks
from sysid.model import Architecture
from sysid.neuron_knowledge import nameless_population
from sysid.outline import outline
from sysid.response_size import NO_RESPONSES, ResponseSize
from tests.toy import ToyCore, ToyEncoder, ToyReadout

NO_MOVIE = Movie(source_bytes=0, resident_bytes=0)
POPULATIONS = {"one": nameless_population(7, (1, 5, 3), 4)}


def estimated(encoder, movie=NO_MOVIE, responses=NO_RESPONSES, **training):
    architecture = Architecture(encoder, ToyCore(), ToyReadout(), (4, 1, 5, 3))
    outlined = outline(architecture, POPULATIONS)
    memory = estimate_memory(outlined, architecture, POPULATIONS, Training(**training), movie, responses)
    return memory, outlined


def test_large_weights_take_their_copies_while_they_are_saved(monkeypatch):
    monkeypatch.setattr(estimate, "find_peaks", lambda *_: (Peaks(0, 0), "traced"))
    memory, outlined = estimated(ToyEncoder(units=4000))
    assert memory.device_bytes is None
    # weights, gradients, two moments, best weights; and copies of all but gradients
    assert memory.process_bytes == BASE_BYTES + 9 * 4 * outlined.parameters


def test_a_step_takes_what_was_traced_the_best_weights_and_the_gaps(monkeypatch):
    monkeypatch.setattr(estimate, "find_peaks", lambda *_: (Peaks(10**9, 10**8), "traced"))
    memory, outlined = estimated(ToyEncoder())
    assert memory.process_bytes == BASE_BYTES + round(GAPS * (10**9 + 4 * outlined.parameters))


def test_a_movie_is_counted_where_it_is():
    without, _ = estimated(ToyEncoder())
    memory, _ = estimated(ToyEncoder(), Movie(source_bytes=5000, resident_bytes=700))
    assert memory.process_bytes - without.process_bytes == 5700


def test_responses_are_counted_where_they_are_and_scores_where_training_takes_less():
    without, _ = estimated(ToyEncoder())
    memory, _ = estimated(ToyEncoder(), responses=ResponseSize(5000, 700, 60))
    assert memory.process_bytes - without.process_bytes == 5700
    memory, outlined = estimated(ToyEncoder(), responses=ResponseSize(0, 0, 10**9))
    assert memory.process_bytes == BASE_BYTES + 5 * 4 * outlined.parameters + 10**9


def test_on_a_gpu_the_step_is_beside_the_process(monkeypatch):
    on_cpu, outlined = estimated(ToyEncoder(), batch_size=4000)
    monkeypatch.setattr(estimate, "choose_device", lambda asked: torch.device("cuda"))
    memory, _ = estimated(ToyEncoder(), Movie(5000, 700), batch_size=4000)
    assert memory.process_bytes == BASE_BYTES + 5000 + 16 * outlined.parameters
    assert memory.device_bytes == pytest.approx((on_cpu.process_bytes - BASE_BYTES) / GAPS + 700, abs=2)


class Asking(nn.Module):
    def __init__(self, size, units):
        super().__init__()
        self.linear = nn.Linear(size, units)

    def forward(self, stimulus):
        hidden = self.linear(stimulus.flatten(1))
        if self.training and float(hidden.sum()) > 1e9:  # a value, which the meta device does not have
            raise ValueError
        return hidden[:, None, :, None, None], hidden.new_zeros(())


@attrs.frozen
class AskingEncoder(ToyEncoder):
    def build(self, input_shape):
        return Asking(60, self.units)


def test_a_part_that_cannot_be_traced_is_estimated_by_its_layers():
    memory, outlined = estimated(AskingEncoder(units=3000), batch_size=500)
    assert memory.basis == "rough"
    assert memory.process_bytes > BASE_BYTES + 4 * (5 * outlined.parameters + 500 * 3000)


def test_a_closed_form_takes_at_least_its_evaluation():
    architecture = Architecture(ToyEncoder(), ToyCore(), ToyReadout(), (4, 1, 5, 3))
    outlined = outline(architecture, POPULATIONS)
    _, basis = find_peaks(outlined, architecture, POPULATIONS, Training(method="least_squares"))
    assert basis == "least"
