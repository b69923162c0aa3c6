"""Static nonlinearities: from a neuron's drive to its expected response, never below zero but for one."""

from typing import Literal, assert_never

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import softplus

Nonlinearity = Literal["parametric_softplus", "softplus", "exponential", "identity"]
NONLINEARITY = (
    "from drive to rate: α·log(1 + exp(βx)) with α and β trained, log(1 + exp(x)), exp(x), or x itself, "
    'for responses below zero such as dF/F, with loss = "mse"'
)
"""What the key `nonlinearity` of a readout says."""


class ParametricSoftplus(nn.Module):
    """Compute |α|·log(1 + exp(βx)), one trained pair (α, β) per neuron.

    Source: McIntosh, Maheswaranathan, Nayebi, Ganguli and Baccus (2016), Advances in Neural Information
    Processing Systems 29, "Deep learning models of the retinal response to natural scenes".

    Differs: α enters by its absolute value. Where α stays positive, as it must to predict a rate, the two are
    the same; where a gradient step would take it below zero, rates stay non-negative and the gradient alive.
    """

    def __init__(self, neurons: int, alpha: float, beta: float):
        super().__init__()
        self.alpha = nn.Parameter(torch.full((neurons,), float(alpha)))
        self.beta = nn.Parameter(torch.full((neurons,), float(beta)))

    def forward(self, drive: Float[Tensor, "*bins neuron"]) -> Float[Tensor, "*bins neuron"]:
        """Return rates of the drive's shape."""
        return self.alpha.abs() * softplus(self.beta * drive)


class Softplus(nn.Module):
    """Compute log(1 + exp(x)): linear for large drives, exponential for small ones."""

    def forward(self, drive: Float[Tensor, "*bins neuron"]) -> Float[Tensor, "*bins neuron"]:
        """Return rates of the drive's shape."""
        return softplus(drive)


class Exponential(nn.Module):
    """Compute exp(x), the canonical inverse link of a Poisson generalised linear model."""

    def forward(self, drive: Float[Tensor, "*bins neuron"]) -> Float[Tensor, "*bins neuron"]:
        """Return rates of the drive's shape."""
        return drive.exp()


def make_nonlinearity(kind: Nonlinearity, neurons: int, alpha: float, beta: float) -> nn.Module:
    """Make the nonlinearity of a population; `alpha` and `beta` start the parametric softplus."""
    match kind:
        case "parametric_softplus":
            return ParametricSoftplus(neurons, alpha, beta)
        case "softplus":
            return Softplus()
        case "exponential":
            return Exponential()
        case "identity":
            return nn.Identity()
        case _:
            assert_never(kind)
