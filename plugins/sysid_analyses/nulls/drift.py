"""Predict responses by when they were recorded, and by nothing else: what a slow drift alone scores."""

import attrs
import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.signal import lfilter


@attrs.frozen(eq=False)
class DriftPrediction:
    """Hold what a predictor says that knows the time of a bin and the training responses around it.

    Attributes:
        prediction: (bin, neuron), in the units of the responses.
        time_constant_bins: of the kernel that was chosen; infinite = the training mean.
        distance_bins: median distance of the asked bins from the nearest training bin.
        enclosed: share of the asked bins that have training bins both before and after them. Elsewhere the
            prediction is the last training level and does not change.
    """

    prediction: Float[np.ndarray, "bin neuron"]
    time_constant_bins: float
    distance_bins: int
    enclosed: float


def predict_drift(
    asked: Int[np.ndarray, " bin"],
    train: Int[np.ndarray, " train"],
    responses: Float[np.ndarray, "train neuron"],
) -> DriftPrediction:
    """Predict each asked bin as the mean of the training responses around it, the near ones weighing most.

    The weight of a training bin is exp(−distance/τ), the best linear weight for a drift that is a first-order
    autoregression seen through much noise. τ is chosen among powers of two, and infinity, by how well each
    training bin is predicted by those training bins that are no nearer to it than training bins are to the
    asked bins (median), so that it is chosen for the distance that the split leaves. The asked bins'
    responses, and all stimuli, take no part.

    Args:
        asked: time of each bin to predict, in bins.
        train: time of each training bin, increasing.
        responses: mean over repeats; NaN = not recorded.
    """
    before, after = _neighbours(asked, train, 1)
    distance = np.minimum(
        np.where(before >= 0, asked - train[before], np.inf),
        np.where(after < len(train), train[np.minimum(after, len(train) - 1)] - asked, np.inf),
    )
    gap = max(1, round(float(np.median(distance))))
    constant = choose_time_constant(train, responses, gap)
    return DriftPrediction(
        prediction=smooth_in_time(asked, train, responses, constant),
        time_constant_bins=constant,
        distance_bins=gap,
        enclosed=float(np.mean((before >= 0) & (after < len(train)))),
    )


def choose_time_constant(
    train: Int[np.ndarray, " train"], responses: Float[np.ndarray, "train neuron"], gap: int
) -> float:
    """Return the time constant, in bins, that predicts each training bin best from those `gap` away or more.

    Squared errors are in units of each neuron's variance, and summed over neurons; of equal ones the largest.
    """
    recorded = ~np.isnan(responses)
    mean = _mean(responses, recorded)
    variance = _mean(np.square(responses - mean), recorded)
    weight = np.divide(1, variance, out=np.zeros_like(variance), where=variance > 0)
    span = int(train[-1] - train[0]) + 1
    candidates = [np.inf, *(2.0**power for power in range(int(np.log2(span)), -1, -1))]
    errors = []
    for constant in candidates:
        difference = responses - smooth_in_time(train, train, responses, constant, gap)
        errors.append(float((np.square(np.where(recorded, difference, 0)) * weight).sum()))
    return candidates[int(np.argmin(errors))]


def smooth_in_time(
    asked: Int[np.ndarray, " bin"],
    train: Int[np.ndarray, " train"],
    responses: Float[np.ndarray, "train neuron"],
    time_constant: float,
    gap: int = 1,
) -> Float[np.ndarray, "bin neuron"]:
    """Return the mean of the training responses, weighted by exp(−distance/τ), at the asked times.

    Training bins nearer than `gap` bins are left out. A neuron of which nothing is left has its mean.

    Args:
        asked: times, in bins.
        train: times of the training bins, increasing.
        responses: at the training bins; NaN = not recorded.
        time_constant: τ, in bins; infinite weighs all alike.
        gap: in bins.
    """
    recorded = ~np.isnan(responses)
    level = _mean(responses, recorded)  # smoothing what is around zero loses no digits
    filled = np.where(recorded, responses - level, 0)
    decay = float(np.exp(-1 / time_constant))
    before, after = _neighbours(asked, train, gap)
    total, weight = np.zeros((2, len(asked), responses.shape[1]))
    nearest = np.full(len(asked), np.inf)
    sides = []
    for index, reverse in ((before, False), (after, True)):
        there = (index >= 0) & (index < len(train))
        index = np.clip(index, 0, len(train) - 1)
        distance = np.where(there, np.abs(asked - train[index]), np.inf)
        nearest = np.minimum(nearest, distance)
        sums = _decaying_sums(train, np.stack([filled, recorded.astype(np.float64)], axis=1), decay, reverse)
        sides.append((there, distance, sums[index]))
    for there, distance, sums in sides:
        steps = np.where(there, distance - np.where(there, nearest, 0), 0)
        share = np.where(there, decay**steps, 0)[:, None]  # relative to the nearer side: no underflow
        total += share * sums[:, 0]
        weight += share * sums[:, 1]
    return level + np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)


def _neighbours(
    asked: Int[np.ndarray, " bin"], train: Int[np.ndarray, " train"], gap: int
) -> tuple[Int[np.ndarray, " bin"], Int[np.ndarray, " bin"]]:
    """Return the last training bin at least `gap` before each time (−1: none), the first so far after it."""
    before = np.searchsorted(train, asked - gap, side="right") - 1
    return before, np.searchsorted(train, asked + gap, side="left")


def _decaying_sums(
    train: Int[np.ndarray, " train"],
    values: Float[np.ndarray, "train *rest"],
    decay: float,
    reverse: bool,
) -> Float[np.ndarray, "train *rest"]:
    """Return, at each training bin, the sum of values up to it, older ones less; `reverse`: from it on."""
    place = train - train[0]
    grid = np.zeros((int(place[-1]) + 1, *values.shape[1:]))
    grid[place] = values
    direction = slice(None, None, -1) if reverse else slice(None)
    return lfilter([1.0], [1.0, -decay], grid[direction], axis=0)[direction][place]


def _mean(
    values: Float[np.ndarray, "train neuron"], recorded: Bool[np.ndarray, "train neuron"]
) -> Float[np.ndarray, " neuron"]:
    """Average over the recorded bins; 0 where there is none."""
    return np.where(recorded, values, 0).sum(axis=0) / np.maximum(recorded.sum(axis=0), 1)
