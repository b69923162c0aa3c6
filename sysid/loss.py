"""Losses of a prediction against what was recorded, over recorded bins only."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

EPSILON = 1e-7  # keeps log finite at zero rate; the value of Eq. 3, Zheng et al. 2021


def poisson_loss(
    rates: Float[Tensor, "batch time neuron"],
    responses: Float[Tensor, "batch time neuron"],
    mask: Bool[Tensor, "batch time neuron"],
) -> Float[Tensor, ""]:
    """Average the Poisson loss, ŷ − y·log(ŷ + 1e-7), over recorded bins (Eq. 3, Zheng et al. 2021).

    Args:
        rates: expected spikes per bin, not negative.
        responses: as recorded; anything where `mask` is false.
        mask: true where a bin was recorded; nowhere gives 0.
    """
    observed = torch.where(mask, responses, 0)
    each = rates - observed * torch.log(rates + EPSILON)
    return torch.where(mask, each, 0).sum() / mask.sum().clamp(min=1)


def mse_loss(
    rates: Float[Tensor, "batch time neuron"],
    responses: Float[Tensor, "batch time neuron"],
    mask: Bool[Tensor, "batch time neuron"],
) -> Float[Tensor, ""]:
    """Average the squared error over recorded bins.

    Args:
        rates: expected responses.
        responses: as recorded; anything where `mask` is false.
        mask: true where a bin was recorded; nowhere gives 0.
    """
    difference = torch.where(mask, rates - torch.where(mask, responses, 0), 0)
    return difference.square().sum() / mask.sum().clamp(min=1)
