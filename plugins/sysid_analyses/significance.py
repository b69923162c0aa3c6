"""Is there a receptive field at all? Responses shifted in time against the stimulus say what chance gives."""

import attrs
import numpy as np
from jaxtyping import Float, Float32, Int, Real

from sysid_analyses.sta import PIXELS_AT_ONCE, average_weights, recorded_bins

COLUMNS_AT_ONCE = 256  # shifts · neurons in one matrix product


@attrs.frozen(eq=False)
class ShiftTest:
    """Hold what circular shifts say of each cell.

    Attributes:
        statistic: (neuron,), the largest |z| of the STA over pixels and lags; NaN for a cell without spikes.
        p: (neuron,), share of shifts that reach it, the true pairing counted as one of them.
        shifts: how many were drawn; fewer than asked for where the recording has no more.
    """

    statistic: Float[np.ndarray, " neuron"]
    p: Float[np.ndarray, " neuron"]
    shifts: int

    @property
    def smallest_p(self) -> float:
        """The smallest p that so many shifts can give."""
        return 1 / (1 + self.shifts)


def shift_test(
    stimulus: Real[np.ndarray, "frame height width"],
    responses: Float[np.ndarray, "frame neuron"],
    lags: int,
    shifts: int,
    seed: int = 0,
) -> ShiftTest:
    """Compare each STA with those of the same responses, shifted circularly by more than the history.

    z = STA / (sd of the pixel · ‖weights‖): the STA in standard errors, were the frames independent. Shifts
    keep the rate, its slow changes and the stimulus's correlations, and undo only the pairing. A cell's
    responses are shifted along its own recorded bins, so that bins that were not recorded stay so; a bin
    then meets a window at least `lags` bins away.

    All pixels and lags are one comparison (the maximum), so p needs no correction within a cell; over cells
    see `benjamini_hochberg`. Costs one STA for every shift, and holds the movie once in single precision:
    average the pixels of a large frame first, which costs detail and not validity.

    Args:
        stimulus: see `spike_triggered_average`, like `responses` and `lags`.
        shifts: drawn without replacement; one p is at least 1 / (1 + shifts).
        seed: of the draw; cells with the same recorded bins are shifted together.
    """
    weights = average_weights(responses, lags)
    known = np.isfinite(weights).all(axis=0)
    weights = np.where(known, weights, 0)
    norm = np.linalg.norm(weights, axis=0)
    norm[~known | (norm == 0)] = np.nan
    bins = [np.flatnonzero(column) for column in recorded_bins(responses, lags).T]
    pixels = _standardize(stimulus)
    statistic = _largest(pixels, weights, lags) / norm
    # how many different shifts, `lags` … bins − lags, the shortest recording has
    room = min((len(each) - 2 * lags + 1 for each in bins), default=0)
    if room < 1:
        return ShiftTest(statistic, np.where(np.isnan(statistic), np.nan, 1.0), 0)
    drawn = np.random.default_rng(seed).permutation(room)[:shifts]
    reached = np.zeros(len(statistic))
    at_once = max(1, COLUMNS_AT_ONCE // max(1, len(statistic)))
    for start in range(0, len(drawn), at_once):
        some = drawn[start : start + at_once]
        shifted = np.concatenate([_shift(weights, bins, lags, offset / room) for offset in some], axis=1)
        largest = _largest(pixels, shifted, lags).reshape(len(some), -1) / norm  # shift neuron
        reached += (largest >= statistic * (1 - 1e-5)).sum(axis=0)
    p = np.where(np.isnan(statistic), np.nan, (1 + reached) / (1 + len(drawn)))
    return ShiftTest(statistic, p, len(drawn))


def benjamini_hochberg(p: Float[np.ndarray, " test"]) -> Float[np.ndarray, " test"]:
    """Return the smallest false discovery rate at which each test is significant; NaN stays out of it.

    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57(1) 289–300.
    """
    adjusted = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return adjusted


def average_pixels(
    stimulus: Real[np.ndarray, "frame height width"], most_px: int
) -> Real[np.ndarray, "frame row column"]:
    """Average squares of pixels so that neither side has more than `most_px`; the last may be smaller."""
    _, height, width = stimulus.shape
    square = -(-max(height, width) // most_px)
    if square == 1:
        return stimulus
    rows, columns = (np.arange(0, side, square) for side in (height, width))
    pixels = np.outer(np.diff(rows, append=height), np.diff(columns, append=width))
    smaller = np.empty((len(stimulus), *pixels.shape), dtype=np.float32)
    step = max(1, PIXELS_AT_ONCE // (height * width))
    for start in range(0, len(stimulus), step):
        chunk = stimulus[start : start + step].astype(np.float32)
        sums = np.add.reduceat(np.add.reduceat(chunk, rows, axis=1), columns, axis=2)
        smaller[start : start + step] = sums / pixels
    return smaller


def pixel_deviation(
    stimulus: Real[np.ndarray, "frame height width"],
) -> Float[np.ndarray, "height width"]:
    """Return the standard deviation of each pixel over frames, without a copy of the movie."""
    total, squares = (np.zeros(stimulus.shape[1:]) for _ in range(2))
    step, shift = max(1, PIXELS_AT_ONCE // stimulus[0].size), stimulus[0].astype(np.float64)
    for start in range(0, len(stimulus), step):
        chunk = stimulus[start : start + step] - shift
        total += chunk.sum(axis=0)
        squares += np.square(chunk).sum(axis=0)
    mean = total / len(stimulus)
    return np.sqrt(np.maximum(squares / len(stimulus) - mean**2, 0))


def _standardize(
    stimulus: Real[np.ndarray, "frame height width"],
) -> Float32[np.ndarray, "frame pixel"]:
    """Return pixels with unit standard deviation around zero; one that never changes is zero."""
    deviation = pixel_deviation(stimulus)
    scale = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    pixels = np.empty((len(stimulus), deviation.size), dtype=np.float32)
    step, middle = max(1, PIXELS_AT_ONCE // deviation.size), stimulus.mean(axis=0)
    for start in range(0, len(stimulus), step):
        chunk = (stimulus[start : start + step] - middle) * scale
        pixels[start : start + step] = chunk.reshape(len(chunk), -1)
    return pixels


def _shift(
    weights: Float[np.ndarray, "frame neuron"],
    bins: list[Int[np.ndarray, " _"]],
    lags: int,
    fraction: float,
) -> Float[np.ndarray, "frame neuron"]:
    """Return each neuron's weights shifted along its bins, by a fraction of the shifts it has."""
    shifted = np.zeros_like(weights)
    for neuron, own in enumerate(bins):
        by = lags + int(fraction * (len(own) - 2 * lags + 1) + 1e-9)
        shifted[own, neuron] = np.roll(weights[own, neuron], by)
    return shifted


def _largest(
    pixels: Float32[np.ndarray, "frame pixel"], weights: Float[np.ndarray, "frame column"], lags: int
) -> Float[np.ndarray, " column"]:
    """Return the largest |weighted sum of windows| over pixels and lags."""
    rows = np.ascontiguousarray(weights.T, dtype=np.float32)
    largest = np.zeros(len(rows))
    for lag in range(min(lags, len(pixels))):
        sums = rows[:, lag:] @ pixels[: len(pixels) - lag]
        np.maximum(largest, sums.max(axis=1), out=largest)
        np.maximum(largest, -sums.min(axis=1), out=largest)
    return largest
