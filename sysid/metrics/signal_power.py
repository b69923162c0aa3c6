"""How much of a response repeats, and what share of that a prediction explains."""

import numpy as np
from jaxtyping import Float64

from sysid.metrics.axes import per_neuron
from sysid.metrics.moment import (
    POSITIVE,
    PREDICTION_RESOLUTION,
    RESPONSE_RESOLUTION,
    centre,
    mean_over_repeats,
    ratio,
    variance,
    varies,
)


def signal_power(responses: np.ndarray) -> float | np.ndarray:
    """Estimate the variance over time of the part of the response that repeats, free of bias.

    SP = (n·Var(ȳ) − TP)/(n − 1), TP = mean over repeats of Var(R_n), variances over time with ddof 0 (Sahani
    and Linden 2003, "How linear are auditory cortical responses?"; Schoppe et al. 2016,
    doi:10.3389/fncom.2016.00010). The same number is the mean over pairs of repeats of their covariance, and
    where repeats are missing it is computed so, each pair over the bins that both have (at least two).
    May be zero or negative, which says that nothing was seen to repeat. NaN with fewer than two repeats.

    Raises:
        SysidError: axes that are not (repeat, frame) or (repeat, frame, neuron), or infinite responses.
    """
    return per_neuron(_signal_power, responses)


def max_correlation(responses: np.ndarray) -> float | np.ndarray:
    """Estimate the CC with the mean response that a perfect model has: CCmax = √(SP / Var ȳ).

    Schoppe et al. 2016, doi:10.3389/fncom.2016.00010. NaN where SP ≤ 0 or there are fewer than two repeats.

    Raises:
        SysidError: axes that are not (repeat, frame) or (repeat, frame, neuron), or infinite responses.
    """
    return per_neuron(_max_correlation, responses)


def normalized_correlation(responses: np.ndarray, prediction: np.ndarray) -> float | np.ndarray:
    """Correlate with the repeating part of the response: CCnorm = Cov(ȳ, p)/√(Var p · SP) = CC/CCmax.

    Schoppe et al. 2016, doi:10.3389/fncom.2016.00010. Does not depend on the number of repeats; may exceed 1
    by chance, and is not clipped. NaN where SP ≤ 0, where the mean response or the prediction is constant,
    or with fewer than two repeats. Bins without a prediction are left out of SP too.

    Raises:
        SysidError: axes that do not fit together, or infinite responses.
    """
    return per_neuron(_normalized_correlation, responses, prediction)


def _max_correlation(
    responses: Float64[np.ndarray, "repeat frame neuron"],
) -> Float64[np.ndarray, "neuron"]:
    mean = mean_over_repeats(responses)
    recorded = ~np.isnan(mean)
    total, power = variance(mean, recorded), _signal_power(responses)
    valid = (power > POSITIVE * total) & varies(mean, recorded, 0, RESPONSE_RESOLUTION)
    return np.sqrt(ratio(power, total, valid))


def _normalized_correlation(
    responses: Float64[np.ndarray, "repeat frame neuron"], prediction: Float64[np.ndarray, "frame neuron"]
) -> Float64[np.ndarray, "neuron"]:
    responses = np.where(np.isnan(prediction), np.nan, responses)
    mean = mean_over_repeats(responses)
    mask = ~np.isnan(mean)
    power = _signal_power(responses)
    valid = (
        (power > POSITIVE * variance(mean, mask))
        & varies(mean, mask, 0, RESPONSE_RESOLUTION)
        & varies(prediction, mask, 0, PREDICTION_RESOLUTION)
    )
    covariance = ratio((centre(mean, mask) * centre(prediction, mask)).sum(axis=0), mask.sum(axis=0), valid)
    spread = np.sqrt(np.where(valid, variance(prediction, mask), 1)) * np.sqrt(np.where(valid, power, 1))
    return covariance / spread


def _signal_power(responses: Float64[np.ndarray, "repeat frame neuron"]) -> Float64[np.ndarray, "neuron"]:
    recorded = ~np.isnan(responses)
    repeats = recorded.any(axis=1).sum(axis=0)
    count = recorded.sum(axis=0)
    repeated = repeats >= 2
    complete = repeated & ((count == 0) | (count == repeats)).all(axis=0)
    power = np.full(responses.shape[2], np.nan)
    for chosen, estimate in ((complete, _from_sums), (repeated & ~complete, _from_pairs)):
        if chosen.all():
            return estimate(responses)
        if chosen.any():
            power[chosen] = estimate(responses[:, :, chosen])
    return power


def _from_sums(responses: Float64[np.ndarray, "repeat frame neuron"]) -> Float64[np.ndarray, "neuron"]:
    """Compute SP where the repeats a neuron has cover the same bins; whole repeats and bins may be NaN."""
    recorded = ~np.isnan(responses)
    repeats = recorded.any(axis=1).sum(axis=0)
    centred = centre(responses, recorded, axis=1)
    total_power = np.einsum("rfn,rfn->n", centred, centred) / repeats
    mean = centred.sum(axis=0) / repeats
    bins = recorded.any(axis=0).sum(axis=0)
    return (repeats * np.square(mean).sum(axis=0) - total_power) / (bins * (repeats - 1))


def _from_pairs(responses: Float64[np.ndarray, "repeat frame neuron"]) -> Float64[np.ndarray, "neuron"]:
    """Compute SP as the mean over pairs of repeats of their covariance on shared bins, by matrix products."""
    responses = responses.transpose(2, 0, 1)  # neuron repeat frame
    recorded = ~np.isnan(responses)
    weight = recorded.astype(np.float64)
    centred = centre(responses, recorded, axis=2)  # keeps what follows from cancelling
    shared = weight @ weight.swapaxes(1, 2)  # neuron repeat repeat: bins that both have
    product = centred @ centred.swapaxes(1, 2)
    total = centred @ weight.swapaxes(1, 2)  # of the first repeat, over the shared bins
    first, second = np.triu_indices(responses.shape[1], 1)
    bins = shared[:, first, second]
    valid = bins >= 2
    level = ratio(total[:, first, second], bins, valid) * ratio(total[:, second, first], bins, valid)
    covariance = ratio(product[:, first, second], bins, valid) - level  # neuron pair
    pairs = valid.sum(axis=1)
    return ratio(np.where(valid, covariance, 0).sum(axis=1), pairs, pairs > 0)
