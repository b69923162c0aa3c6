"""What recorded neurons answer, whatever it was recorded with."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Float64

from sysid import Neuron

UNITS = "units"  # what a recipe says for the spikes of the unit table


@runtime_checkable
class Responses(Protocol):
    """Responses of a population that can be asked for in any bins."""

    @property
    def neurons(self) -> tuple[Neuron, ...]:
        """One entry per column of `in_bins`."""
        ...

    @property
    def kind(self) -> str:
        """ "spikes", "dF/F", "fluorescence", or what the source calls it."""
        ...

    @property
    def unit(self) -> str:
        """Of the values."""
        ...

    @property
    def span_s(self) -> tuple[float, float]:
        """From when to when anything was recorded, on the clock of the file."""
        ...

    @property
    def gap_s(self) -> float:
        """Bins that lie at most so far apart are best asked for in one go."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What was chosen and left out, a line each."""
        ...

    def in_bins(self, edges_s: Float64[np.ndarray, " edge"]) -> Float32[np.ndarray, "bin neuron"]:
        """Return the responses in the bins between increasing edges, NaN where not recorded.

        Bin k = [edge k, edge k + 1).
        """
        ...
