"""Long short-term memory units."""

from typing import Literal

import attrs
import torch
from jaxtyping import Float
from torch import Tensor

from sysid import key
from sysid_cores.gate import Gate, open_gate
from sysid_cores.recurrence import Cell, State
from sysid_cores.recurrent import RecurrentCore


@attrs.frozen
class Lstm(RecurrentCore):
    """Run long short-term memory units (Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735).

    With the forget gate of Gers et al. 2000 (doi:10.1162/089976600300015015): i, f, o = σ(W x + U h + b),
    c = f∘c + i∘tanh(W_c x + U_c h + b_c), h = o∘tanh(c). Choose it as the core of the CRNN of Zheng et al.
    2021. With `recurrent = false` the memory c still carries from step to step; only U is zero.

    Differs: the paper's text has σ for the gates; the default is the released code's hard sigmoid. torch's
    own LSTM is `gate = "sigmoid"` with two biases that are added.
    """

    gate: Literal["hard_sigmoid", "sigmoid"] = key("nonlinearity of the gates", default="hard_sigmoid")
    forget_bias: float = key("bias of the forget gates before training; 1 lets memory last", default=1.0)

    def make_cell(self) -> Cell:
        """Return what one step does."""
        return LstmCell(self.gate, self.forget_bias)


@attrs.frozen
class LstmCell(Cell):
    """Step memory units; the rows of their weights are i (input), f (forget), c (candidate), o (output)."""

    gate: Gate
    forget_bias: float

    def count_gates(self) -> int:
        """Return how many rows of the weights one unit has."""
        return 4

    def count_states(self) -> int:
        """Return how many tensors the state has: what is shown and the memory."""
        return 2

    def make_bias(self, units: int) -> Float[Tensor, "row"]:
        """Return the bias before training: zeros, but for the forget gates."""
        bias = torch.zeros(4 * units)
        bias[units : 2 * units] = self.forget_bias
        return bias

    def step(
        self, drive: Float[Tensor, "sequence row"], state: State, weight: Float[Tensor, "row unit"]
    ) -> State:
        """Return the next state, (h, c)."""
        hidden, memory = state
        units = hidden.shape[1]
        drive = torch.addmm(drive, hidden, weight.T)
        gates_drive, candidate_drive, output_drive = drive.split([2 * units, units, units], dim=1)
        admit, keep = open_gate(gates_drive, self.gate).chunk(2, dim=1)
        memory = keep * memory + admit * torch.tanh(candidate_drive)
        return open_gate(output_drive, self.gate) * torch.tanh(memory), memory
