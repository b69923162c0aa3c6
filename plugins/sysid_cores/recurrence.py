"""A recurrent network over the steps of a sequence, whatever its units are."""

from abc import ABC, abstractmethod

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from sysid_cores.sequence import penalize

State = tuple[Tensor, ...]
"""What a unit remembers, each (sequence, unit); the first is what it shows."""


class Cell(ABC):
    """Say what one step does; the weights belong to `Recurrence`."""

    @abstractmethod
    def count_gates(self) -> int:
        """Return how many rows of the weights one unit has."""

    @abstractmethod
    def count_states(self) -> int:
        """Return how many tensors the state has."""

    @abstractmethod
    def make_bias(self, units: int) -> Float[Tensor, "row"]:
        """Return the bias before training, gate by gate."""

    @abstractmethod
    def step(
        self, drive: Float[Tensor, "sequence row"], state: State, weight: Float[Tensor, "row unit"]
    ) -> State:
        """Return the next state; `drive` is input weight·features + bias, `weight` the recurrent matrix."""


class Recurrence(nn.Module):
    """Step a cell through sequences from a state of zeros, and keep every state.

    The rows of all weights are gate by gate, in the order the cell names, `units` rows for each gate.

    Attributes:
        input_weight: (gates·units, features), Glorot uniform at the start, penalised by l2·Σw².
        recurrent_weight: (gates·units, units), with orthonormal columns at the start (Saxe et al. 2014); a
            buffer of zeros, which nothing trains, where the recurrence is off.
        bias: (gates·units,), one per gate.
        order: which step of the input comes when, or None for the order given.
    """

    def __init__(self, cell: Cell, features: int, units: int, l2: float, recurrent: bool):
        super().__init__()
        rows = cell.count_gates() * units
        self.cell = cell
        self.units = units
        self.l2 = l2
        self.input_weight = nn.Parameter(torch.empty(rows, features))
        nn.init.xavier_uniform_(self.input_weight)
        self.bias = nn.Parameter(cell.make_bias(units))
        if recurrent:
            self.recurrent_weight = nn.Parameter(torch.empty(rows, units))
            nn.init.orthogonal_(self.recurrent_weight)
        else:
            self.register_buffer("recurrent_weight", torch.zeros(rows, units))
        self.register_buffer("order", None)

    def shuffle_steps(self, count: int, seed: int) -> None:
        """Read the steps in one random order from now on; it is kept with the weights."""
        order = np.random.default_rng(seed).permutation(count)
        self.order = torch.tensor(order.tolist(), device=self.bias.device)

    def forward(
        self, sequences: Float[Tensor, "sequence step feature"]
    ) -> tuple[Float[Tensor, "sequence step unit"], Float[Tensor, ""]]:
        """Return what the units show after each step, in the order the steps were read, and the penalty."""
        # One product for all steps: only the small recurrent product has to wait for the step before.
        drive = functional.linear(sequences, self.input_weight, self.bias)  # sequence step row
        if self.order is not None:
            drive = drive[:, self.order]
        rest = self.recurrent_weight.new_zeros(len(sequences), self.units)
        state = (rest,) * self.cell.count_states()
        shown = []
        for step_drive in drive.unbind(1):
            state = self.cell.step(step_drive, state, self.recurrent_weight)
            shown.append(state[0])
        return torch.stack(shown, dim=1), penalize(self.input_weight, self.l2)  # sequence step unit
