"""Take the exponential decay of an indicator out of its fluorescence."""

import numpy as np
from jaxtyping import Float64


def deconvolve(
    trace: Float64[np.ndarray, "sample neuron"],
    interval_s: Float64[np.ndarray, " interval"],
    decay_s: float,
) -> Float64[np.ndarray, "sample neuron"]:
    """Return s_t = c_t − e^{−Δt/τ} c_{t−1}, what must have been added since the sample before.

    The first-order model of calcium of Vogelstein et al. (2010), doi:10.1152/jn.01073.2009, inverted without
    a prior: exact without noise, and noise is passed on. Choose it for a rough idea of when activity was;
    results may be negative.

    Args:
        trace: fluorescence above the baseline.
        interval_s: between each sample and the one before, one less than samples.
        decay_s: time constant τ.

    Returns:
        The same samples; NaN in the first, and where a sample or the one before is NaN.
    """
    kept = np.exp(-interval_s / decay_s)[:, None]  # interval 1
    added = np.full_like(trace, np.nan)
    added[1:] = trace[1:] - kept * trace[:-1]
    return added
