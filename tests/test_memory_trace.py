"""The memory of a step is known before it is taken."""

import os
import platform
import subprocess
import sys

import attrs
import pytest
import torch
from torch import nn

from sysid.configuration import Training
from sysid.memory_trace import StorageCount, trace
from sysid.model import Architecture
from sysid.neuron_knowledge import nameless_population
from sysid.outline import outline
from sysid.trial import make_trial
from tests.toy import ToyCore, ToyEncoder, ToyReadout

META = torch.device("meta")


def test_memory_is_counted_once_and_for_as_long_as_it_is_held():
    with StorageCount() as count:
        first = torch.empty(25, device=META)  # 100 bytes
        view = first[:10].view(2, 5)
        second = view * 2  # 40 bytes
        second.add_(1)
        torch.mul(first, 3, out=first)
        assert (count.alive, count.peak) == (140, 140)
        del first
        assert count.alive == 140  # the view holds it
        del view
        assert (count.alive, count.peak) == (40, 140)
        assert count.peak_during(lambda: second + 1) == 80
        assert count.alive == 40


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values):
        square = values * values
        ctx.save_for_backward(square)
        return square * values

    @staticmethod
    def backward(ctx, gradient):
        (square,) = ctx.saved_tensors
        return 3 * square * gradient


def test_what_a_function_of_ones_own_keeps_for_the_backward_pass_is_counted():
    with StorageCount() as count:
        values = torch.empty(50, device=META, requires_grad=True)  # 200 bytes
        result = Cube.apply(values)
        assert count.alive == 600  # values, their squares, the result
        result.sum().backward()
        del result
        assert count.alive == 400  # values and their gradient


def trial_of(encoder, batch_size=6, device=META):
    architecture = Architecture(encoder, ToyCore(), ToyReadout(), (4, 1, 5, 3))
    populations = {"one": nameless_population(7, (1, 5, 3), 4)}
    shapes = outline(architecture, populations).shapes
    return make_trial(architecture, shapes, populations, Training(batch_size=batch_size), device)


def test_a_step_holds_at_least_the_weights_four_times_and_grows_with_the_batch():
    peaks = [trace(trial_of(ToyEncoder(units=50), size), size).training for size in (10, 20, 40)]
    model = trial_of(ToyEncoder(units=50)).model
    weights = sum(4 * parameter.numel() for parameter in model.parameters())
    assert peaks[0] > 4 * weights
    assert peaks[2] - peaks[1] == pytest.approx(2 * (peaks[1] - peaks[0]), rel=0.05)
    assert peaks[1] - peaks[0] > 10 * 4 * (4 * 15 + 50)  # ten more windows and their features


def test_an_evaluation_keeps_no_more_than_it_hands_on():
    @attrs.frozen
    class Deep(ToyEncoder):
        def build(self, input_shape):
            return Chain(self.units)

    class Chain(nn.Module):
        def __init__(self, units):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(60, units), *(nn.Linear(units, units) for _ in range(8))])

        def forward(self, stimulus):
            hidden = stimulus.flatten(1)
            for layer in self.layers:
                hidden = layer(hidden).tanh()
            return hidden[:, None, :, None, None], hidden.new_zeros(())

    few = 1000
    peaks = trace(trial_of(Deep(units=40), few), few)
    layer = 4 * 40 * few
    assert peaks.training > 8 * layer
    window = 4 * 60 * few
    assert 2 * layer < peaks.evaluation < 5 * layer + 3 * window


MEASURE = """
import re, sys
import torch
from pathlib import Path
from sysid.configuration import Training
from sysid.memory_trace import trace
from sysid.model import Architecture
from sysid.neuron_knowledge import nameless_population
from sysid.outline import outline
from sysid.trial import make_trial
from sysid_cores.identity import Identity
from sysid_encoders.conv2d import Conv2d
from sysid_encoders.layer import Layer
from sysid_readouts.dense import Dense

def resident(what):
    return int(re.search(rf"{what}:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) << 10

torch.set_num_threads(1)
layers = (Layer(16, 5, noise_sd=0.1), Layer(16, 3))
architecture = Architecture(Conv2d(layers=layers, method=sys.argv[1]), Identity(), Dense(), (5, 1, 40, 40))
populations = {"one": nameless_population(20, (1, 40, 40), 5)}
shapes = outline(architecture, populations).shapes
make = lambda size, device: make_trial(
    architecture, shapes, populations, Training(batch_size=size), torch.device(device)
)
told = trace(make(256, "meta"), 256).training
make(2, "cpu").step()  # libraries that only a step loads
before = resident("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
trial = make(256, "cpu")
trial.step()
trial.step()
print(told, resident("VmHWM") - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="resident memory as Linux and glibc count it")
@pytest.mark.parametrize("method", ["direct", "fourier"])
def test_a_step_takes_what_was_told_of_it(method):
    no_gaps = {"MALLOC_MMAP_THRESHOLD_": "65536"}  # every tensor has pages of its own
    command = [sys.executable, "-c", MEASURE, method]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | no_gaps)
    told, taken = map(int, done.stdout.split())
    assert taken > 120 << 20
    assert told == pytest.approx(taken, rel=0.15)
