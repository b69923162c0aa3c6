import pytest
import torch
from torch import nn

from sysid.errors import SysidError
from sysid.model import Architecture
from sysid.neuron_knowledge import nameless_population
from sysid.outline import outline
from tests.toy import ToyCore, ToyEncoder, ToyReadout

POPULATIONS = {"one": nameless_population(7, (1, 5, 4), 3)}


def test_shapes_and_parameters_are_those_of_the_real_model():
    architecture = Architecture(ToyEncoder(units=6), ToyCore(), ToyReadout(), (3, 1, 5, 4))
    found = outline(architecture, POPULATIONS)
    assert [part.output_shape for part in found.parts] == [(1, 6, 1, 1), (1, 6, 1, 1), (1, 7)]
    assert found.parameters == (60 * 6 + 6 + 12) + (6 * 7 + 7)
    assert [layer.name for layer in found.parts[0].layers] == ["linear", "norm", "dropout"]
    assert found.activations == 3 * 6 + 7


class FlatModule(nn.Module):
    def forward(self, features):
        return features.flatten(1), torch.zeros(())


class FlatCore(ToyCore):
    def build(self, input_shape):
        return FlatModule()


def test_a_part_with_the_wrong_rank_is_one_line():
    architecture = Architecture(ToyEncoder(units=6), FlatCore(), ToyReadout(), (3, 1, 5, 4))
    with pytest.raises(
        SysidError,
        match=r"^core: expected an output of \(batch, time, channel, height, width\), got \(2, 6\)",
    ):
        outline(architecture, POPULATIONS)


class LossyReadout(ToyReadout):
    def build(self, input_shape, population):
        return ToyReadout().build(input_shape, nameless_population(2, (1, 5, 4), 3))


def test_a_readout_with_too_few_neurons_is_one_line():
    architecture = Architecture(ToyEncoder(), ToyCore(), LossyReadout(), (3, 1, 5, 4))
    with pytest.raises(SysidError, match=r"^readout: expected an output of \(batch, time, 7 neurons\)"):
        outline(architecture, POPULATIONS)


class FrameByFrame(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Identity()

    def forward(self, features):
        flat = self.layer(features.flatten(0, 1))  # batch·time channel height width
        return flat.unflatten(0, features.shape[:2]), features.new_zeros(())


class FrameCore(ToyCore):
    def build(self, input_shape):
        return FrameByFrame()


def test_what_a_layer_puts_out_counts_every_frame():
    architecture = Architecture(FrameCore(), ToyCore(), ToyReadout(), (3, 1, 5, 4))
    (layer,) = outline(architecture, POPULATIONS).parts[0].layers
    assert layer.output_shape == (1, 5, 4)
    assert layer.activations == 3 * 1 * 5 * 4
