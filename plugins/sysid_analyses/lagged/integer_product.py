"""Products of matrices of 8-bit numbers, exact in 32 bits: the one place that calls torch for them."""

import torch
from jaxtyping import Int8, Int32
from torch import Tensor


def transposed_product(
    left: Int8[Tensor, "stretch pixel"],
    right: Int8[Tensor, "stretch column"],
    out: Int32[Tensor, "pixel column"] | None = None,
) -> Int32[Tensor, "pixel column"]:
    """Return leftᵀ · right, in `out` where it is given. Nothing overflows with less than 2^17 stretches."""
    # torch 2.13 computes with wrong numbers where a single column is transposed, for its strides are (1, 1)
    rows = left.t() if left.shape[1] > 1 else left.reshape(1, -1)
    if out is None:
        return torch._int_mm(rows, right)
    return torch._int_mm(rows, right, out=out)
