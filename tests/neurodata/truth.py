"""What a simulated file holds, known without reading it."""

from collections.abc import Callable

import attrs
import numpy as np
from jaxtyping import Float64


@attrs.frozen(eq=False)
class Shown:
    """One stimulus as it was on the screen.

    Attributes:
        frames: (bin, height, width), what was on the screen, in the type of the file.
        edges_s: (repeat, bin + 1), when each bin began and the last one ended.
        responses: (repeat, bin, cell), NaN where not recorded.
        unmasked: the same as a reader finds it that knows of no masks.
    """

    frames: np.ndarray
    edges_s: np.ndarray
    responses: np.ndarray
    unmasked: np.ndarray


@attrs.frozen(eq=False)
class FileTruth:
    """A whole file.

    Attributes:
        ids: of the cells, in the order of the file.
        filters: (cell, lag, height, width), of unit norm; zero for noise units.
        peak_lag: of all filters.
        shown: what was shown, by its name in the file.
        respond: gives the responses in bins with any edges, without a mask: (edge,) → (bin, cell).
        fragile: the cells that are worthless if masks are ignored.
        behaviour: channel → its true value at given times.
        passing: ids of the units that pass the Allen Institute's quality criteria.
        areas: of each cell.
    """

    ids: tuple[str, ...]
    filters: np.ndarray
    peak_lag: int
    shown: dict[str, Shown]
    respond: Callable[[Float64[np.ndarray, " edge"]], np.ndarray]
    fragile: tuple[int, ...] = ()
    behaviour: dict[str, Callable[[np.ndarray], np.ndarray]] = attrs.Factory(dict)
    passing: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()

    @property
    def informative(self) -> np.ndarray:
        """(cell,), whether a cell has a filter at all."""
        return np.abs(self.filters).sum(axis=(1, 2, 3)) > 0
