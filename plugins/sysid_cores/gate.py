"""The two gate nonlinearities of recurrent units."""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

Gate = Literal["hard_sigmoid", "sigmoid"]


def open_gate(drive: Float[Tensor, "*axes"], gate: Gate) -> Float[Tensor, "*axes"]:
    """Return how far each gate is open, 0 to 1.

    "hard_sigmoid" is clip(.2·x + .5, 0, 1), as in Keras 2.2.4 and so in the released code of Zheng et al.
    2021 (Keras 3 has another slope, 1/6); "sigmoid" is the σ of the paper's text.
    """
    if gate == "sigmoid":
        return torch.sigmoid(drive)
    return (0.2 * drive + 0.5).clamp(0, 1)
