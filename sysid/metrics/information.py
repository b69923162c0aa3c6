"""How many bits of each spike a predicted rate explains beyond a constant rate."""

import numpy as np
from jaxtyping import Float64

from sysid.metrics.axes import Baseline, per_neuron
from sysid.metrics.moment import ratio


def bits_per_spike(responses: np.ndarray, prediction: np.ndarray, baseline: Baseline) -> float | np.ndarray:
    """Return the gain in Poisson log-likelihood over a constant rate, per spike and in bits.

    [Σ y ln(λ/λ0) − Σ(λ − λ0)]/(ln 2 · Σ y), sums over recorded repeats and bins; y spikes and λ the
    prediction, spikes per bin; λ0 = `baseline`.
    Where λ is the true rate and λ0 its mean, this estimates the information per spike of Brenner et al. 2000,
    doi:10.1162/089976600300015259.
    A spike where the prediction is 0 makes it −∞. NaN without spikes, without a positive baseline, or where a
    prediction is negative.

    Args:
        baseline: the mean of the training bins, spikes per bin: a number, or (neuron,).

    Raises:
        SysidError: axes that do not fit together, or infinite responses.
    """
    return per_neuron(_bits_per_spike, responses, prediction, baseline)


def _bits_per_spike(
    responses: Float64[np.ndarray, "repeat frame neuron"],
    prediction: Float64[np.ndarray, "frame neuron"],
    baseline: Float64[np.ndarray, "neuron"],
) -> Float64[np.ndarray, "neuron"]:
    recorded = ~np.isnan(responses) & ~np.isnan(prediction)
    repeats = recorded.sum(axis=0)
    spikes = np.where(recorded, responses, 0).sum(axis=0)  # frame neuron
    rate = np.where(repeats > 0, prediction, 0)
    usable = np.isfinite(baseline) & (baseline > 0)
    reference = np.where(usable, baseline, 1)
    gain = spikes * (np.log(np.where(rate > 0, rate, reference)) - np.log(reference))
    difference = repeats * (rate - reference)
    nats = gain.sum(axis=0) - difference.sum(axis=0)
    nats[((rate == 0) & (spikes > 0)).any(axis=0)] = -np.inf
    total = spikes.sum(axis=0)
    valid = usable & (total > 0) & (rate >= 0).all(axis=0)
    return ratio(nats, np.log(2) * total, valid)
