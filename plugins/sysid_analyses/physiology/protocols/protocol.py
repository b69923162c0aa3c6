"""What every protocol is: keys, columns of a table, and a way to be shown."""

from abc import ABC, abstractmethod
from typing import ClassVar

import attrs
import numpy as np
from jaxtyping import Float

from sysid_analyses.physiology.cell import Cells
from sysid_analyses.physiology.probe import Probe


@attrs.frozen(eq=False)
class Outcome:
    """Hold what a protocol found.

    Attributes:
        indices: column → (neuron,), NaN where a cell has none.
        arrays: what figures are drawn from, by name.
        reason: why the model cannot be shown this, or cannot answer it; empty where it can.
    """

    indices: dict[str, Float[np.ndarray, " neuron"]]
    arrays: dict[str, np.ndarray]
    reason: str = ""


class Protocol(ABC):
    """Show one classic stimulus. A frozen attrs class; its fields are keys of its own table.

    `columns` names its indices, column → what it is, in words.
    """

    columns: ClassVar[dict[str, str]]

    @abstractmethod
    def show(self, probe: Probe, cells: Cells) -> Outcome:
        """Return the indices of every cell, or a reason why there are none."""


def none(protocol: Protocol, probe: Probe, reason: str) -> Outcome:
    """Return no indices, and why."""
    return Outcome({name: np.full(probe.neurons, np.nan) for name in protocol.columns}, {}, reason)
