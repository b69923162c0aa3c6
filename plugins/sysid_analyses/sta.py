"""Spike-triggered average and covariance: what was on screen when a cell responded, and not otherwise."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float, Float32, Real

from sysid import SysidError
from sysid_analyses.argument_check import check_windows
from sysid_analyses.lagged.choice import choose_exact, choose_single_precision
from sysid_analyses.lagged.correlation import Movie, Read, sum_lagged
from sysid_analyses.lagged.exact_average import exact_average
from sysid_analyses.lagged.response_sum import recorded_bins, sum_responses
from sysid_analyses.lagged.symbol import find_symbols

PIXELS_AT_ONCE = 1 << 22  # of windows at once: 32 MiB in double precision
COVARIANCE_BYTES = 1 << 30  # a covariance has (lags · height · width)² numbers for every neuron


def spike_triggered_average(
    stimulus: Movie,
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
        zero. Windows never exist, and memory beside the result does not grow with the number of frames, which
        are read in their own type. Products are taken in single precision and summed in double; for stimuli
        of two or three equally spaced values and whole responses up to 43 (spike counts) sums are exact where
        the processor has units for products of 8-bit numbers: see `lagged.choice`.

    Raises:
        SysidError: no frame, neuron or whole window, or responses of another length than the stimulus.
    """
    check_windows("spike_triggered_average", stimulus, responses, lags)
    sums, choose = sum_responses(responses, lags), choose_exact()
    symbols = find_symbols(stimulus) if sums.whole and choose else None
    if symbols and choose:
        average = exact_average(stimulus, responses, sums, symbols, choose)
    else:
        average = _sum_windows(
            stimulus,
            lambda bins, neurons: sums.weigh(responses[bins, neurons], bins.start, neurons),
            responses.shape[1],
            lags,
        )
    average[..., ~(sums.total > 0)] = np.nan
    return average.reshape(lags, *stimulus.shape[1:], -1)


def spike_triggered_covariance(
    stimulus: Movie,
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


def average_weights(
    responses: Float[np.ndarray, "frame neuron"], lags: int
) -> Float[np.ndarray, "frame neuron"]:
    """Return weights that add up to zero, with which the weighted sum of windows is the STA."""
    sums = sum_responses(responses, lags)
    weights = sums.weigh(responses, 0, slice(0, responses.shape[1]))
    weights[:, ~(sums.total > 0)] = np.nan
    return weights


def weighted_windows(
    stimulus: Movie, weights: Float[np.ndarray, "frame column"], lags: int
) -> Float[np.ndarray, "lag height width column"]:
    """Return Σ_t weights[t] · stimulus[t − lag] for every lag, for weights that add up to zero.

    A column with NaN stays NaN. Products are taken in single precision, summed in double.
    """
    known = np.isfinite(weights).all(axis=0)
    sums = _sum_windows(
        stimulus,
        lambda bins, columns: np.where(known[columns], weights[bins, columns], 0),
        weights.shape[1],
        lags,
    )
    sums[..., ~known] = np.nan
    return sums.reshape(lags, *stimulus.shape[1:], -1)


def _sum_windows(
    stimulus: Movie, read: Read, columns: int, lags: int
) -> Float[np.ndarray, "lag pixel column"]:
    """Sum windows with weights that add up to zero, so that any number may be taken off the stimulus."""
    shift = np.float32(np.mean(stimulus[:1]))  # which spares digits

    def read_pixels(bins: slice, pixels: slice) -> Float32[np.ndarray, "bin pixel"]:
        frames = stimulus[bins].reshape(bins.stop - bins.start, -1)
        return (frames[:, pixels] - shift).astype(np.float32, copy=False)

    shape = (len(stimulus), stimulus[0].size, columns)
    return sum_lagged(read_pixels, read, shape, lags, choose_single_precision)


def window_blocks(
    stimulus: Movie, lags: int
) -> Iterator[tuple[int, Float[np.ndarray, "bin lag height width"]]]:
    """Yield blocks of whole windows in double precision, lag 0 first, with the number of the first bin."""
    frames, height, width = stimulus.shape
    step = max(1, PIXELS_AT_ONCE // (lags * height * width))
    for start in range(lags - 1, frames, step):
        stop = min(frames, start + step)
        chunk = stimulus[start - lags + 1 : stop].astype(np.float64)
        windows = np.lib.stride_tricks.sliding_window_view(chunk, lags, axis=0)  # bin height width lag
        yield start, np.moveaxis(windows, 3, 1)[:, ::-1]  # the oldest frame came first
