"""Which kernels carry a cell: contributions over a stimulus, and how many of them are enough."""

import attrs
import numpy as np
from jaxtyping import Float, Int

NEARLY_ALL = 0.9


@attrs.frozen(eq=False)
class Contributions:
    """Hold what kernels add to cells over a stimulus.

    Attributes:
        mean: (kernel, neuron), mean over bins, in expected responses per bin: above 0 where the kernel
            raises the response above that to a grey screen.
        strength: (kernel, neuron), mean over bins of its absolute value.
        change: (neuron,), mean over bins of |response − response to a grey screen|.
        missed: (neuron,), mean over bins of |Σ contributions − that difference|.
        bins: how many.
        steps: of the integral.
    """

    mean: Float[np.ndarray, "kernel neuron"]
    strength: Float[np.ndarray, "kernel neuron"]
    change: Float[np.ndarray, " neuron"]
    missed: Float[np.ndarray, " neuron"]
    bins: int
    steps: int

    @property
    def share(self) -> Float[np.ndarray, "kernel neuron"]:
        """Strength as a share of that of all kernels of the cell; NaN where a cell has none at all."""
        total = self.strength.sum(axis=0)
        return np.divide(self.strength, total, out=np.full(self.strength.shape, np.nan), where=total > 0)

    @property
    def population_share(self) -> Float[np.ndarray, " kernel"]:
        """Share of each kernel averaged over the cells that have one."""
        known = self.share[:, np.isfinite(self.share).all(axis=0)]
        return known.mean(axis=1) if known.shape[1] else np.full(len(self.share), np.nan)

    @property
    def error(self) -> float:
        """Missed over change, summed over cells: the error of completeness."""
        total = float(self.change.sum())
        return float(self.missed.sum()) / total if total > 0 else float("nan")


def count_enough(share: Float[np.ndarray, " kernel"]) -> float:
    """Return the fewest kernels that have 90 % of the shares; NaN where these are not defined."""
    if not np.isfinite(share).all():
        return float("nan")
    held = np.cumsum(np.sort(share)[::-1])
    return float(np.searchsorted(held, NEARLY_ALL * held[-1] - 1e-12) + 1)


def sort_matrix(
    share: Float[np.ndarray, "kernel neuron"], order: Int[np.ndarray, " kernel"]
) -> Int[np.ndarray, " neuron"]:
    """Return an order of the cells in which those with the same strongest kernel stand together.

    Strongest kernels come in `order`; among cells that share one, the largest share first.
    """
    place = np.argsort(order)
    known = np.nan_to_num(share, nan=-1.0)
    return np.lexsort((-known.max(axis=0), place[known.argmax(axis=0)]))
