"""A learned projection of each step, without recurrence."""

from typing import Literal

import attrs
import torch
from jaxtyping import Float
from torch import Tensor, nn

from sysid import Core, InputShape, key
from sysid_cores.sequence import StepwiseCore, measure_sequence, penalize

ACTIVATIONS = {"linear": nn.Identity, "tanh": nn.Tanh, "relu": nn.ReLU}


@attrs.frozen
class Projection(Core):
    """Project the features of each step on a few units, by weights that all steps share.

    The bottleneck of the recurrent cores of Zheng et al. 2021 (doi:10.1016/j.patter.2021.100350) without
    their recurrence, a control of our own. Choose it to ask whether a CRNN gains by its recurrence or by
    having fewer weights between feature maps and neurons.
    """

    steps: Literal["channel", "time"] = key(
        '"channel": the feature maps of one time step are projected one by one; "time": all features of a '
        "time step are projected together",
        default="channel",
    )
    units: int = key("how many units", default=32, at_least=1.0)
    activation: Literal["linear", "tanh", "relu"] = key("nonlinearity of the units", default="linear")
    l2: float = key("penalty on the weights, times Σw²", default=0.0, at_least=0.0)
    batch_norm: bool = key("whether to normalise each unit over batch and steps", default=True)
    batch_norm_momentum: float = key(
        "share of batch norm's running statistics that one batch replaces (Keras' momentum .99 is .01 here)",
        default=0.01,
        above=0.0,
        at_most=1.0,
    )
    batch_norm_epsilon: float = key("what batch norm adds to a variance", default=1e-3, above=0.0)

    def build(self, input_shape: InputShape) -> nn.Module:
        """Make the module for features of (time, channel, height, width)."""
        _, features = measure_sequence(input_shape, self.steps)
        batch_norm = None
        if self.batch_norm:
            batch_norm = nn.BatchNorm1d(
                self.units, eps=self.batch_norm_epsilon, momentum=self.batch_norm_momentum
            )
        linear = LinearUnits(features, self.units, ACTIVATIONS[self.activation](), self.l2)
        return StepwiseCore(linear, self.steps, batch_norm)


class LinearUnits(nn.Module):
    """Map each step on its own, activation(W x + b).

    Attributes:
        input_weight: (units, features), Glorot uniform at the start, penalised by l2·Σw².
        bias: (units,), zeros at the start.
    """

    def __init__(self, features: int, units: int, activation: nn.Module, l2: float):
        super().__init__()
        self.input_weight = nn.Parameter(torch.empty(units, features))
        nn.init.xavier_uniform_(self.input_weight)
        self.bias = nn.Parameter(torch.zeros(units))
        self.activation = activation
        self.l2 = l2

    def forward(
        self, sequences: Float[Tensor, "sequence step feature"]
    ) -> tuple[Float[Tensor, "sequence step unit"], Float[Tensor, ""]]:
        """Return the units' values at each step and the penalty."""
        drive = nn.functional.linear(sequences, self.input_weight, self.bias)
        return self.activation(drive), penalize(self.input_weight, self.l2)
