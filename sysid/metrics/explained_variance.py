"""Share of the variance over time that can be explained, and share of that which a prediction explains."""

import numpy as np
from jaxtyping import Float64

from sysid.metrics.axes import per_neuron
from sysid.metrics.moment import POSITIVE, RESPONSE_RESOLUTION, mean_over_repeats, ratio, varies


def explainable_variance_fraction(responses: np.ndarray) -> float | np.ndarray:
    """Return the share of the variance of single responses that repeats: (total − noise)/total.

    noise = mean over bins of the variance over repeats, total = variance of all single responses, both ddof 1
    (Cadena et al. 2019, doi:10.1371/journal.pcbi.1006897). Bins with one recorded repeat count in the total
    only. May be negative. NaN where no bin has two repeats or the responses are constant.

    Raises:
        SysidError: axes that are not (repeat, frame) or (repeat, frame, neuron), or infinite responses.
    """
    return per_neuron(_explainable, responses)


def feve(responses: np.ndarray, prediction: np.ndarray) -> float | np.ndarray:
    """Return the fraction of explainable variance explained: 1 − (mean (R − p)² − noise)/(total − noise).

    The mean is over single responses; noise = mean over bins of the variance over repeats, total = variance
    of all single responses, both ddof 1 (Cadena et al. 2019, doi:10.1371/journal.pcbi.1006897). Scale and
    offset of the prediction count, unlike in CC; a constant prediction of the mean response scores about 0,
    a worse one less. Erratic where `explainable_variance_fraction` is small. NaN where the total does not
    exceed the noise, or no bin has two repeats.

    Raises:
        SysidError: axes that do not fit together, or infinite responses.
    """
    return per_neuron(_feve, responses, prediction)


def _explainable(responses: Float64[np.ndarray, "repeat frame neuron"]) -> Float64[np.ndarray, "neuron"]:
    noise, total = _noise_and_total(responses)
    return ratio(total - noise, total, total > 0)


def _feve(
    responses: Float64[np.ndarray, "repeat frame neuron"], prediction: Float64[np.ndarray, "frame neuron"]
) -> Float64[np.ndarray, "neuron"]:
    responses = np.where(np.isnan(prediction), np.nan, responses)
    noise, total = _noise_and_total(responses)
    recorded = ~np.isnan(responses)
    count = recorded.sum(axis=(0, 1))
    squared = np.square(np.where(recorded, responses - prediction, 0)).sum(axis=(0, 1))
    error = ratio(squared, count, count > 0)
    return 1 - ratio(error - noise, total - noise, total - noise > POSITIVE * total)


def _noise_and_total(
    responses: Float64[np.ndarray, "repeat frame neuron"],
) -> tuple[Float64[np.ndarray, "neuron"], Float64[np.ndarray, "neuron"]]:
    recorded = ~np.isnan(responses)
    repeats = recorded.sum(axis=0)
    deviation = np.where(recorded, responses - mean_over_repeats(responses), 0)
    each = ratio(np.square(deviation).sum(axis=0), repeats - 1, repeats >= 2)  # frame neuron
    bins = (repeats >= 2).sum(axis=0)
    noise = ratio(np.where(repeats >= 2, each, 0).sum(axis=0), bins, bins > 0)
    count = repeats.sum(axis=0)
    mean = ratio(np.where(recorded, responses, 0).sum(axis=(0, 1)), count, count > 0)
    squared = np.square(np.where(recorded, responses - mean, 0)).sum(axis=(0, 1))
    flat = (-1, responses.shape[2])  # repeat·frame neuron
    differs = varies(responses.reshape(flat), recorded.reshape(flat), 0, RESPONSE_RESOLUTION)
    return noise, np.where(differs, ratio(squared, count - 1, count >= 2), 0)
