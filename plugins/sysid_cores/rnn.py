"""Units that add what they saw to what they were: the vanilla recurrent network."""

import attrs
import torch
from jaxtyping import Float
from torch import Tensor

from sysid_cores.recurrence import Cell, State
from sysid_cores.recurrent import RecurrentCore


@attrs.frozen
class Rnn(RecurrentCore):
    """Run simple recurrent units (Elman 1990, doi:10.1207/s15516709cog1402_1).

    h[s] = tanh(W x[s] + U h[s−1] + b). Choose it to ask whether gates are needed: in Zheng et al. 2021 it
    predicts as well as GRU and LSTM with a third and a quarter of their weights.
    """

    def make_cell(self) -> Cell:
        """Return what one step does."""
        return RnnCell()


@attrs.frozen
class RnnCell(Cell):
    """Step simple units; their weights have one row each."""

    def count_gates(self) -> int:
        """Return how many rows of the weights one unit has."""
        return 1

    def count_states(self) -> int:
        """Return how many tensors the state has."""
        return 1

    def make_bias(self, units: int) -> Float[Tensor, "row"]:
        """Return the bias before training: zeros."""
        return torch.zeros(units)

    def step(
        self, drive: Float[Tensor, "sequence row"], state: State, weight: Float[Tensor, "row unit"]
    ) -> State:
        """Return the next state, h = tanh(drive + U h)."""
        (hidden,) = state
        return (torch.tanh(torch.addmm(drive, hidden, weight.T)),)
