"""Spike-triggered average and covariance: what was on screen when a cell responded, and not otherwise."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float, Real

from sysid import SysidError
from sysid_analyses.argument_check import check_windows

PIXELS_AT_ONCE = 1 << 22  # frames turned into single precision at once: 16 MiB of pixels
ROUNDING = 1e-10  # of a weight of 1 / bins; sums of a million responses are good to 1e-10
COVARIANCE_BYTES = 1 << 30  # a covariance has (lags · height · width)² numbers for every neuron


def spike_triggered_average(
    stimulus: Real[np.ndarray, "frame height width"],
    responses: Float[np.ndarray, "frame neuron"],
    lags: int,
) -> Float[np.ndarray, "lag height width neuron"]:
    """Average the windows before each bin weighted by each neuron's response, minus their plain average.

    STA = Σ_t r_t x_t / Σ_t r_t − mean x_t over the neuron's recorded bins, in stimulus units. For stimuli
    without correlations it is proportional to the filter of a linear cell (Chichilnisky 2001,
    doi:10.1088/0954-898X/12/2/306); in space and time a correlated movie blurs it: see `regression_filter`.

    Args:
        stimulus: of one uninterrupted presentation, or several from `join_presentations`.
        responses: NaN = not recorded, or not to be used; what a neuron did elsewhere does not matter to it.
        lags: frames in a window. The first `lags − 1` bins have no whole window and are left out.

    Returns:
        lag 0 is the frame on screen in the bin; NaN for a neuron whose responses do not add up to more than
        zero. Windows never exist all at once: products are taken in single precision, summed in double.

    Raises:
        SysidError: no frame, neuron or whole window, or responses of another length than the stimulus.
    """
    check_windows("spike_triggered_average", stimulus, responses, lags)
    return weighted_windows(stimulus, average_weights(responses, lags), lags)


def spike_triggered_covariance(
    stimulus: Real[np.ndarray, "frame height width"],
    responses: Float[np.ndarray, "frame neuron"],
    lags: int,
) -> Float[np.ndarray, "neuron feature feature"]:
    """Return the covariance of the windows weighted by the response, minus their plain covariance.

    Each is taken around its own mean, as in Schwartz, Pillow, Rust and Simoncelli (2006),
    doi:10.1167/6.4.13; eigenvectors with eigenvalues well above or below zero are directions that excite or
    suppress the cell whatever their sign. Both are divided by the sum of weights, not by one less.

    Returns:
        a feature is one pixel of one lag, in the order of `filter.reshape(-1)` for a filter (lag, height,
        width), lag 0 first. NaN for a neuron whose responses do not add up to more than zero.

    Raises:
        SysidError: the covariances would take more than 1 GiB, or as for the average.
    """
    check_windows("spike_triggered_covariance", stimulus, responses, lags)
    _, height, width = stimulus.shape
    features, neurons = lags * height * width, responses.shape[1]
    if (neurons + 1) * features**2 * 8 > COVARIANCE_BYTES:
        most = int((COVARIANCE_BYTES / 8 / (neurons + 1)) ** 0.5)
        raise SysidError(
            f"spike_triggered_covariance: lags × height × width: expected at most {most} for {neurons} "
            f"neurons (1 GiB), got {features}; cut out or average pixels, or take fewer lags or neurons"
        )
    recorded, shift = recorded_bins(responses, lags), float(np.mean(stimulus[:1]))
    total = np.where(recorded, responses, 0).sum(axis=0, dtype=np.float64)
    covariance = np.empty((neurons, features, features))
    for neuron in range(neurons):
        weights = np.where(recorded[:, neuron], responses[:, neuron], 0) / (total[neuron] or 1.0)
        plain = recorded[:, neuron] / max(1, recorded[:, neuron].sum())
        means, difference = np.zeros((2, features)), np.zeros((features, features))
        for start, windows in window_blocks(stimulus, lags):
            here = windows.reshape(len(windows), -1) - shift
            own, every = weights[start : start + len(here)], plain[start : start + len(here)]
            means += np.stack([own, every]) @ here
            difference += here.T @ ((own - every)[:, None] * here)
        centred = difference - np.outer(means[0], means[0]) + np.outer(means[1], means[1])
        covariance[neuron] = centred if total[neuron] > 0 else np.nan
    return covariance


def join_presentations(
    stimuli: Sequence[Real[np.ndarray, "_ height width"]],
    responses: Sequence[Float[np.ndarray, "_ neuron"]],
    lags: int,
) -> tuple[Real[np.ndarray, "frame height width"], Float[np.ndarray, "frame neuron"]]:
    """Put presentations end to end so that no window of `lags` frames crosses from one into the next.

    The first `lags − 1` bins of each are masked with NaN.
    """
    masked = []
    for each in responses:
        masked.append(each.astype(np.result_type(each.dtype, np.float32), copy=True))
        masked[-1][: lags - 1] = np.nan
    return np.concatenate(list(stimuli)), np.concatenate(masked)


def recorded_bins(
    responses: Float[np.ndarray, "frame neuron"], lags: int
) -> Bool[np.ndarray, "frame neuron"]:
    """Mark the bins that count: recorded, and with a whole window before them."""
    recorded = ~np.isnan(responses)
    recorded[: lags - 1] = False
    return recorded


def average_weights(
    responses: Float[np.ndarray, "frame neuron"], lags: int
) -> Float[np.ndarray, "frame neuron"]:
    """Return weights that add up to zero, with which the weighted sum of windows is the STA."""
    recorded = recorded_bins(responses, lags)
    used = np.where(recorded, responses, 0).astype(np.float64)
    total, bins = used.sum(axis=0), np.maximum(recorded.sum(axis=0), 1)
    weights = used / np.where(total > 0, total, 1) - recorded / bins
    weights[np.abs(weights) * bins < ROUNDING] = 0  # so that a constant response has none at all
    return np.where(total > 0, weights, np.nan)


def weighted_windows(
    stimulus: Real[np.ndarray, "frame height width"], weights: Float[np.ndarray, "frame column"], lags: int
) -> Float[np.ndarray, "lag height width column"]:
    """Return Σ_t weights[t] · stimulus[t − lag] for every lag, for weights that add up to zero.

    A column with NaN stays NaN. Costs 2 · frames · lags · pixels · columns operations.
    """
    frames, height, width = stimulus.shape
    pixels = height * width
    known = np.isfinite(weights).all(axis=0)
    rows = np.ascontiguousarray(np.where(known, weights, 0).T, dtype=np.float32)  # column frame
    sums = np.zeros((lags, len(rows), pixels))
    shift = np.float32(np.mean(stimulus[:1]))  # the weights add up to zero: it only spares digits
    step = max(1, PIXELS_AT_ONCE // max(1, pixels))
    for start in range(0, frames, step):
        chunk = (stimulus[start : start + step] - shift).astype(np.float32).reshape(-1, pixels)
        for lag in range(lags):
            here = rows[:, start + lag : start + lag + len(chunk)]
            sums[lag] += here @ chunk[: here.shape[1]]
    sums[:, ~known] = np.nan
    return sums.transpose(0, 2, 1).reshape(lags, height, width, len(rows))


def window_blocks(
    stimulus: Real[np.ndarray, "frame height width"], lags: int
) -> Iterator[tuple[int, Float[np.ndarray, "bin lag height width"]]]:
    """Yield blocks of whole windows in double precision, lag 0 first, with the number of the first bin."""
    frames, height, width = stimulus.shape
    step = max(1, PIXELS_AT_ONCE // (lags * height * width))
    for start in range(lags - 1, frames, step):
        stop = min(frames, start + step)
        chunk = stimulus[start - lags + 1 : stop].astype(np.float64)
        windows = np.lib.stride_tricks.sliding_window_view(chunk, lags, axis=0)  # bin height width lag
        yield start, np.moveaxis(windows, 3, 1)[:, ::-1]  # the oldest frame came first
