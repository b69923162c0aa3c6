"""Simulate the responses of a fitted model, with the gaps and repeats of the recording."""

import numpy as np
from jaxtyping import Float

import sysid
from sysid_analyses.repeat_mean import average_repeats
from sysid_analyses.traces.spike_raster import draw_counts


def fill_rates(
    rates: Float[np.ndarray, "frame neuron"], recorded: Float[np.ndarray, "repeat frame neuron"]
) -> Float[np.ndarray, "frame neuron"]:
    """Return expected counts for every bin: where the model says nothing, the mean of the recorded counts.

    A model says nothing of the first frames, which have no whole history. What is below 0 becomes 0.
    """
    mean = average_repeats(recorded)
    known = ~np.isnan(mean)
    level = np.where(known, mean, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(np.isfinite(rates), np.maximum(rates, 0), level)


def simulate_counts(
    rates: Float[np.ndarray, "frame neuron"],
    recorded: Float[np.ndarray, "repeat frame neuron"],
    generator: np.random.Generator,
) -> Float[np.ndarray, "repeat frame neuron"]:
    """Draw Poisson counts of every repeat, NaN where the recording has NaN; float32 like a recording."""
    simulated = np.full(recorded.shape, np.nan, dtype=np.float32)
    for repeat, known in zip(simulated, ~np.isnan(recorded), strict=True):  # one at a time: memory
        repeat[known] = draw_counts(rates, 1, generator)[0][known]
    return simulated


def mean_correlation(
    responses: Float[np.ndarray, "repeat bin neuron"], prediction: Float[np.ndarray, "bin neuron"]
) -> float:
    """Return CC averaged over the cells whose response is not constant."""
    scores = sysid.metrics.correlation(responses, prediction)
    return sysid.metrics.mean_score(scores, sysid.metrics.scorable(responses)).mean


def spread_over_test_noise(
    rates: Float[np.ndarray, "bin neuron"],
    recorded: Float[np.ndarray, "repeat bin neuron"],
    prediction: Float[np.ndarray, "bin neuron"],
    baseline: Float[np.ndarray, "bin neuron"],
    draws: int,
    generator: np.random.Generator,
) -> float:
    """Return the standard deviation of the difference in mean CC over newly drawn test responses.

    The mean of n Poisson counts of rate λ is drawn as one count of rate n·λ, over n.
    """
    repeats = (~np.isnan(recorded)).sum(axis=0)
    differences = []
    for _ in range(draws):
        total = generator.poisson(rates * repeats)
        mean = np.divide(total, repeats, out=np.full(rates.shape, np.nan), where=repeats > 0)[None]
        differences.append(mean_correlation(mean, prediction) - mean_correlation(mean, baseline))
    return float(np.std(differences, ddof=1))


def fano_factor(parts: list[Float[np.ndarray, "repeat _bin _neuron"]]) -> float:
    """Return the variance over repeats over the mean, both averaged over bins and cells; NaN without spikes.

    A Poisson process has 1. Bins with one repeat say nothing of it and are left out.
    """
    variance = mean = 0.0
    for responses in parts:
        level = average_repeats(responses)
        repeats = (~np.isnan(responses)).sum(axis=0)
        squares = np.nansum(np.square(responses - level), axis=0)
        several = repeats > 1
        variance += float((squares[several] / (repeats[several] - 1)).sum())
        mean += float(level[several].sum())
    return variance / mean if mean > 0 else float("nan")
