"""Smooth bumps over earlier bins, narrow where these are recent and wide where they are long ago."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def raised_cosines(bumps: int, lags: int, stretch: float) -> Float[Tensor, "bump lag"]:
    """Return raised cosines on a logarithmic axis of time, lag 0 the bin before.

    b_j(t) = ½ + ½ cos(a(t) − φ_j) where |a(t) − φ_j| < π, else 0, with a(t) = (π/2)·log(t + stretch)/Δ and
    peaks π/2 apart, the first at t = 1 bin and the last at t = `lags` bins: Pillow, Paninski, Uzzell,
    Simoncelli and Chichilnisky (2005), Journal of Neuroscience 25(47) 11003–11013,
    doi:10.1523/JNEUROSCI.3305-05.2005. Four bumps overlap at every t, so that sums of them are smooth.

    Args:
        bumps: how many, 2 at least.
        lags: bins, as many as there are bumps at least.
        stretch: how far from logarithmic the axis is, in bins: a large one is nearly linear.
    """
    axis = torch.log(torch.arange(1, lags + 1, dtype=torch.float64) + stretch)
    step = (axis[-1] - axis[0]) / (bumps - 1)
    peaks = axis[0] + step * torch.arange(bumps, dtype=torch.float64)
    phase = (math.pi / 2) * (axis - peaks[:, None]) / step
    return ((1 + torch.cos(phase.clamp(-math.pi, math.pi))) / 2).float()  # bump lag
