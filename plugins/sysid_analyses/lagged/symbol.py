"""Stimuli of two or three equally spaced values, such as binary noise, as −1, 0 and 1."""

import attrs
import numpy as np
from jaxtyping import Int8, Shaped

from sysid_analyses.lagged.correlation import READ_AT_ONCE, Movie


@attrs.frozen(eq=False)
class Symbols:
    """Hold the lowest and the highest value of a stimulus, which are in its own type."""

    low: np.generic
    high: np.generic

    @property
    def spacing(self) -> float:
        """In stimulus units, between −1 and 0, or 0 and 1."""
        return (float(self.high) - float(self.low)) / 2

    def read(self, stimulus: Shaped[np.ndarray, "frame pixel"]) -> Int8[np.ndarray, "frame pixel"]:
        """Return −1 for the lowest value, 1 for the highest, 0 for what is between them."""
        return (stimulus == self.high).view(np.int8) - (stimulus == self.low).view(np.int8)


def find_symbols(stimulus: Movie) -> Symbols | None:
    """Return the symbols of a stimulus, or None where it takes one value, or more, or others."""
    values: list[np.generic] = []
    step = max(1, READ_AT_ONCE // stimulus[0].size)
    for start in range(0, len(stimulus), step):
        some = stimulus[start : start + step]
        while (other := _find_another(some, values)) is not None:
            if len(values) == 3:
                return None
            values.append(other)
    values.sort()
    if len(values) < 2:
        return None
    symbols = Symbols(values[0], values[-1])
    rounding = np.finfo(stimulus.dtype).eps if np.issubdtype(stimulus.dtype, np.floating) else 0.0
    size = max(abs(float(symbols.low)), abs(float(symbols.high)))
    off = abs(float(values[1]) - float(symbols.low) - symbols.spacing) if len(values) == 3 else 0.0
    return symbols if off <= 2 * rounding * size else None


def _find_another(stimulus: Shaped[np.ndarray, "..."], values: list[np.generic]) -> np.generic | None:
    """Return a value that is not among those, if there is any."""
    other = np.ones(stimulus.shape, dtype=bool)
    for value in values:
        other &= stimulus != value
    return stimulus[np.unravel_index(other.argmax(), other.shape)] if other.any() else None
