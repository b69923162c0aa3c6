"""Gated recurrent units, in the forms of the paper, its code and torch."""

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
class Gru(RecurrentCore):
    """Run gated recurrent units (Cho et al. 2014, doi:10.3115/v1/D14-1179).

    Eq. 5, Zheng et al. 2021: z = σ(W_z x + U_z h + b_z), r = σ(W_r x + U_r h + b_r),
    ĥ = tanh(W_h x + U_h (r∘h) + b_h), and then h between h and ĥ by z. Choose it for gates at three quarters
    of the weights of an LSTM.

    Differs: the paper's text has σ for the gates and `update = "replace"`; the defaults are the released
    code's, a hard sigmoid and `update = "keep"`. torch's own GRU is `gate = "sigmoid"`, `reset = "after"`,
    `update = "keep"`.
    """

    gate: Literal["hard_sigmoid", "sigmoid"] = key("nonlinearity of the gates", default="hard_sigmoid")
    reset: Literal["before", "after"] = key(
        'where the reset gate acts: "before": on h before the recurrent matrix, U(r∘h), as in Eq. 5; '
        '"after": on the product, r∘(U h)',
        default="before",
    )
    update: Literal["keep", "replace"] = key(
        'what an open update gate does: "keep": h = z∘h + (1−z)∘ĥ; "replace": h = (1−z)∘h + z∘ĥ',
        default="keep",
    )

    def make_cell(self) -> Cell:
        """Return what one step does."""
        return GruCell(self.gate, self.reset, self.update)


@attrs.frozen
class GruCell(Cell):
    """Step gated units; the rows of their weights are z (update), r (reset), h (candidate), in this order."""

    gate: Gate
    reset: Literal["before", "after"]
    update: Literal["keep", "replace"]

    def count_gates(self) -> int:
        """Return how many rows of the weights one unit has."""
        return 3

    def count_states(self) -> int:
        """Return how many tensors the state has."""
        return 1

    def make_bias(self, units: int) -> Float[Tensor, "row"]:
        """Return the bias before training: zeros."""
        return torch.zeros(3 * units)

    def step(
        self, drive: Float[Tensor, "sequence row"], state: State, weight: Float[Tensor, "row unit"]
    ) -> State:
        """Return the next state (Eq. 5, Zheng et al. 2021)."""
        (hidden,) = state
        units = hidden.shape[1]
        gates_drive, candidate_drive = drive.split([2 * units, units], dim=1)
        gates_weight, candidate_weight = weight.split([2 * units, units])
        gates = open_gate(torch.addmm(gates_drive, hidden, gates_weight.T), self.gate)
        update, reset = gates.chunk(2, dim=1)
        if self.reset == "before":
            candidate = torch.tanh(torch.addmm(candidate_drive, reset * hidden, candidate_weight.T))
        else:
            candidate = torch.tanh(candidate_drive + reset * (hidden @ candidate_weight.T))
        if self.update == "keep":
            return (candidate + update * (hidden - candidate),)
        return (hidden + update * (candidate - hidden),)
