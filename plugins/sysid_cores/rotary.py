"""Rotary positions: pairs of units turned by an angle that grows with time."""

import torch
from jaxtyping import Float
from torch import Tensor

BASE = 10_000.0  # the slowest pair turns once in 2π·BASE steps, as in Su et al. 2021


def turn(units: Float[Tensor, "sequence head step unit"]) -> Float[Tensor, "sequence head step unit"]:
    """Turn unit pair i of step t by t·BASE^(−2i/units): products of two steps then know their distance alone.

    Eq. 34 of Su et al. (2021), "RoFormer: enhanced transformer with rotary position embedding",
    arXiv:2104.09864. Pairs are unit i of the first half with unit i of the second. Angles are computed in
    single precision at least.
    """
    steps, half = units.shape[2], units.shape[3] // 2
    dtype = torch.promote_types(units.dtype, torch.float32)
    step = torch.arange(steps, device=units.device, dtype=dtype)
    speed = BASE ** (-torch.arange(half, device=units.device, dtype=dtype) / half)
    angle = step[:, None] * speed  # step pair
    cosine, sine = angle.cos().to(units.dtype), angle.sin().to(units.dtype)
    first, second = units.split(half, dim=-1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], dim=-1)
