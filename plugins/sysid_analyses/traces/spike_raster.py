"""Draw spike counts from rates, and place the spikes of a count within its bin."""

import numpy as np
from jaxtyping import Float, Int


def draw_counts(
    rates: Float[np.ndarray, "*axes"], repeats: int, generator: np.random.Generator
) -> Float[np.ndarray, "repeat *axes"]:
    """Draw Poisson counts from expected counts; NaN where there is none. What is below 0 counts as 0."""
    known = np.isfinite(rates)
    counts = generator.poisson(np.where(known, np.maximum(rates, 0), 0), (repeats, *rates.shape))
    return np.where(known, counts, np.nan)


def place_spikes(
    counts: Float[np.ndarray, "repeat bin"],
    left: Float[np.ndarray, " bin"],
    width: Float[np.ndarray, " bin"],
) -> tuple[Float[np.ndarray, " spike"], Int[np.ndarray, " spike"]]:
    """Return time and row of each spike; several spikes of one bin are spread over it evenly.

    Args:
        counts: spikes per bin, NaN = not recorded.
        left, width: of each bin on the time axis.
    """
    number = np.nan_to_num(counts).astype(np.int64)
    row, column = np.nonzero(number)
    times = number[row, column]
    row, column, total = (np.repeat(each, times) for each in (row, column, times))
    order = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)  # of a spike within its bin
    return left[column] + width[column] * (order + 0.5) / total, row
