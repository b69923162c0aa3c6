"""The smallest parts that are still parts: for tests of the host alone."""

import attrs
import torch
from torch import nn

from sysid.interface import Core, Encoder, Readout, ReadoutModule
from sysid.loss import poisson_loss


class Flat(nn.Module):
    def __init__(self, size, units):
        super().__init__()
        self.linear = nn.Linear(size, units)
        self.norm = nn.BatchNorm1d(units, momentum=0.01)
        self.dropout = nn.Dropout(0.3)

    def forward(self, stimulus):
        hidden = self.dropout(self.norm(self.linear(stimulus.flatten(1))))
        return hidden[:, None, :, None, None], 1e-4 * self.linear.weight.square().sum()


@attrs.frozen
class ToyEncoder(Encoder):
    units: int = 6

    def build(self, input_shape):
        time, channel, height, width = input_shape
        return Flat(time * channel * height * width, self.units)


class Same(nn.Module):
    def forward(self, features):
        return features, features.new_zeros(())


@attrs.frozen
class ToyCore(Core):
    def build(self, input_shape):
        return Same()


class Rates(ReadoutModule):
    def __init__(self, size, neurons):
        super().__init__()
        self.linear = nn.Linear(size, neurons)

    def forward(self, features, behaviour):
        return torch.nn.functional.softplus(self.linear(features.flatten(2))), features.new_zeros(())

    def loss(self, rates, responses, mask):
        return poisson_loss(rates, responses, mask)


@attrs.frozen
class ToyReadout(Readout):
    def build(self, input_shape, population):
        return Rates(input_shape[1] * input_shape[2] * input_shape[3], population.count)
