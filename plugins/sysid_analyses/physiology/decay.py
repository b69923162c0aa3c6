"""Fit the exponential decay of a rate from its peak to a known level."""

import numpy as np
from jaxtyping import Float

CONSTANTS = 200  # time constants that are tried
EXPLAINED = 0.8  # share of power from which on a decay is one


def fit_decay(
    rates: Float[np.ndarray, "bin neuron"], level: Float[np.ndarray, " neuron"]
) -> Float[np.ndarray, " neuron"]:
    """Return the time constant in bins of rate − level ∝ exp(−bin/τ) from the highest rate on.

    Least squares over τ from a fifth of a bin to three times the bins that there are; NaN where fewer than
    three bins follow the peak, or an exponential holds less than .8 of the power.
    """
    constants = np.geomspace(0.2, 3 * len(rates), CONSTANTS)
    found = np.full(rates.shape[1], np.nan)
    for neuron in range(rates.shape[1]):
        decay = rates[rates[:, neuron].argmax() :, neuron] - level[neuron]
        power = np.square(decay).sum()
        if len(decay) < 3 or not power > 0:
            continue
        shapes = np.exp(-np.arange(len(decay)) / constants[:, None])
        held = np.square(shapes @ decay) / np.square(shapes).sum(axis=1)
        if held.max() >= EXPLAINED * power:
            found[neuron] = constants[held.argmax()]
    return found
