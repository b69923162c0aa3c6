"""The likelihood of overdispersed counts, in a form that stays exact down to the Poisson limit."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

EPSILON = 1e-7  # keeps log finite at zero rate, as in sysid.poisson_loss
SHIFT = 8  # from here on Stirling's series to 1/x³ is right to 3e-8


def negative_binomial_loss(
    rates: Float[Tensor, "batch time neuron"],
    dispersion: Float[Tensor, " neuron"],
    responses: Float[Tensor, "batch time neuron"],
    mask: Bool[Tensor, "batch time neuron"],
) -> Float[Tensor, ""]:
    """Average the negative log-likelihood of counts over recorded bins, but for their log y!.

    −log p(y) = (y + 1/α)·log(1 + αμ) − y·log(μ + 1e-7) − log(Γ(y + 1/α)·α^y / Γ(1/α)) + log y!, with mean μ
    and variance μ + αμ². As α goes to zero this is `sysid.poisson_loss`, with which it can be compared.
    """
    observed = torch.where(mask, responses, 0)
    size = 1 / dispersion
    each = (observed + size) * torch.log1p(rates * dispersion)
    each = each - observed * torch.log(rates + EPSILON) - log_rising(observed, size)
    return torch.where(mask, each, 0).sum() / mask.sum().clamp(min=1)


def log_rising(
    count: Float[Tensor, "batch time neuron"], size: Float[Tensor, " neuron"]
) -> Float[Tensor, "batch time neuron"]:
    """Return log(Γ(y + r) / (Γ(r)·r^y)), which goes to zero as r grows.

    The difference of two `lgamma` would lose all digits there: at r = 1e6 each is 1.3e7. So Stirling's series
    for both is subtracted term by term, at r + 8 in place of r, where it holds for small r as well.
    """
    from_here = size + SHIFT
    shift = sum(torch.log1p(count / (size + step)) for step in range(SHIFT))
    grown = (count + from_here - 0.5) * torch.log1p(count / from_here) - count
    rest = _stirling_rest(count + from_here) - _stirling_rest(from_here)
    return grown + count * torch.log1p(SHIFT / size) + rest - shift


def _stirling_rest(x: Tensor) -> Tensor:
    """Return what log Γ(x) is more than (x − ½)·log x − x + ½·log 2π."""
    return 1 / (12 * x) - 1 / (360 * x**3)
