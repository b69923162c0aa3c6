"""Lateral inhibition between neurons, as in the lateral CNN of the released code, and a form that trains."""

from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

Divisor = Literal["absolute", "sum"]

LEAST = 1e-3  # of a divisor's absolute value


class LateralInhibition(nn.Module):
    """Divide the drive of each neuron by that of its group: d_i / (.001 + Σ_j |d_j|), or d_i / Σ_j d_j.

    Neurons are put into groups at random, as nobody knows who inhibits whom. The code released with Zheng et
    al. (2021), doi:10.1016/j.patter.2021.100350, has this layer behind the dense one of a CNN, with the plain
    sum. Drives have either sign, so that sum comes near zero in some bins, and what is divided by it jumps.

    Differs: the divisor is the sum of absolute values unless the plain sum is asked for, which is then kept
    0.001 away from zero; the groups are kept with the weights; the last group may be smaller, where the
    number of neurons is no multiple.

    Attributes:
        group: (neuron,), number of each neuron's group.
    """

    group: Tensor

    def __init__(self, neurons: int, size: int, seed: int, divisor: Divisor):
        super().__init__()
        self.groups = -(-neurons // size)
        self.divisor = divisor
        self.register_buffer("group", torch.tensor(draw_groups(neurons, size, seed)))

    def forward(self, drive: Float[Tensor, "bin neuron"]) -> Float[Tensor, "bin neuron"]:
        """Return each drive's share of its group's."""
        if self.divisor == "absolute":
            return drive / (LEAST + self._sum(drive.abs()))
        total = self._sum(drive)
        return drive / torch.where(total < 0, total.clamp(max=-LEAST), total.clamp(min=LEAST))

    def _sum(self, values: Float[Tensor, "bin neuron"]) -> Float[Tensor, "bin neuron"]:
        """Return the sum over each neuron's group."""
        total = values.new_zeros(len(values), self.groups).index_add(1, self.group, values)  # bin group
        return total[:, self.group]  # bin neuron


def draw_groups(neurons: int, size: int, seed: int) -> list[int]:
    """Return the number of each neuron's group; who is with whom comes from the seed."""
    order = np.random.default_rng(seed).permutation(neurons)
    group = np.empty(neurons, dtype=np.int64)
    group[order] = np.arange(neurons) // size
    return [int(number) for number in group]
