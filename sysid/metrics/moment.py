"""Means, variances and correlations over bins of which some were not recorded."""

import numpy as np
from jaxtyping import Bool, Float64

# A trace is constant where its range is within this fraction of its largest value.
RESPONSE_RESOLUTION = 1e-13  # float64 sums of a few hundred repeats
PREDICTION_RESOLUTION = 2e-6  # 16 roundings of the single precision that models compute in
POSITIVE = 1e-12  # a difference of variances below this fraction of them is zero but for rounding


def ratio(numerator: np.ndarray, denominator: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Divide where `valid`, NaN elsewhere, without a warning."""
    shape = np.broadcast_shapes(np.shape(numerator), np.shape(denominator), np.shape(valid))
    return np.divide(numerator, denominator, out=np.full(shape, np.nan), where=valid)


def mean_over_repeats(
    responses: Float64[np.ndarray, "repeat frame neuron"],
) -> Float64[np.ndarray, "frame neuron"]:
    """Average over the repeats recorded in each bin; NaN where there is none."""
    recorded = ~np.isnan(responses)
    if recorded.all():
        return responses.mean(axis=0)
    count = recorded.sum(axis=0)
    return ratio(np.where(recorded, responses, 0).sum(axis=0), count, count > 0)


def varies(
    values: Float64[np.ndarray, "*axes"], mask: Bool[np.ndarray, "*axes"], axis: int, resolution: float
) -> np.ndarray:
    """Tell which traces differ from a constant by more than `resolution` of their largest value."""
    highest = values.max(axis=axis, where=mask, initial=-np.inf)
    lowest = values.min(axis=axis, where=mask, initial=np.inf)
    return highest - lowest > resolution * np.maximum(np.abs(highest), np.abs(lowest))


def centre(
    values: Float64[np.ndarray, "*axes"], mask: Bool[np.ndarray, "*axes"], axis: int = 0
) -> Float64[np.ndarray, "*axes"]:
    """Subtract the mean along `axis` over the bins in `mask`; 0 outside it."""
    count = mask.sum(axis=axis, keepdims=True)
    total = np.where(mask, values, 0).sum(axis=axis, keepdims=True)
    return np.where(mask, values - ratio(total, count, count > 0), 0)


def variance(
    values: Float64[np.ndarray, "frame neuron"], mask: Bool[np.ndarray, "frame neuron"]
) -> Float64[np.ndarray, "neuron"]:
    """Return the variance over the bins in `mask`, ddof 0; NaN where there is none."""
    count = mask.sum(axis=0)
    return ratio(np.square(centre(values, mask)).sum(axis=0), count, count > 0)


def pearson(
    first: Float64[np.ndarray, "..."],
    second: Float64[np.ndarray, "..."],
    axis: int = 0,
    resolution: float = RESPONSE_RESOLUTION,
) -> Float64[np.ndarray, "..."]:
    """Correlate along `axis` over the bins where neither is NaN; NaN where either is constant.

    `first` is a response; `resolution` says how little of `second` is a constant.
    """
    first, second = np.broadcast_arrays(first, second)
    mask = ~(np.isnan(first) | np.isnan(second))
    valid = varies(first, mask, axis, RESPONSE_RESOLUTION) & varies(second, mask, axis, resolution)
    first, second = centre(first, mask, axis), centre(second, mask, axis)
    spread = np.sqrt(np.square(first).sum(axis=axis)) * np.sqrt(np.square(second).sum(axis=axis))
    return ratio((first * second).sum(axis=axis), spread, valid)


def mean_of_finite(values: Float64[np.ndarray, "row *rest"]) -> Float64[np.ndarray, "*rest"]:
    """Average over rows, leaving NaN out; NaN where nothing is left."""
    finite = np.isfinite(values)
    count = finite.sum(axis=0)
    return ratio(np.where(finite, values, 0).sum(axis=0), count, count > 0)
