"""Ceilings that come from the repeats themselves, without a model."""

import itertools
import math

import numpy as np
from jaxtyping import Float64

from sysid.errors import SysidError
from sysid.metrics.axes import check_axes, per_neuron
from sysid.metrics.correlation import check_kind, correlate_trials
from sysid.metrics.moment import RESPONSE_RESOLUTION, mean_of_finite, pearson, ratio

Split = tuple[tuple[int, ...], tuple[int, ...]]


def leave_one_out_oracle(responses: np.ndarray, kind: str = "concatenated") -> float | np.ndarray:
    """Correlate each trial with the mean of the other trials, the best guess that needs no stimulus.

    Compare with `single_trial_correlation` of the same kind. Concatenated, a drift of the rate from trial to
    trial lowers it: a trial above the mean is paired with others below it. NaN with fewer than two repeats.

    Args:
        kind: "concatenated" for one CC over all trials put end to end, or "per_trial" for the mean over
            trials of their CC, leaving out trials that are constant.

    Raises:
        SysidError: axes that are not (repeat, frame) or (repeat, frame, neuron), infinite responses, or
            another kind.
    """

    def compute(recorded: np.ndarray) -> np.ndarray:
        return correlate_trials(recorded, _mean_of_others(recorded), check_kind(kind), RESPONSE_RESOLUTION)

    return per_neuron(compute, responses)


def split_half_ceiling(responses: np.ndarray, *, splits: int = 100, seed: int = 0) -> float | np.ndarray:
    """Estimate the CC with the mean response that a perfect model has, from halves: √(2r/(1 + r)).

    r is the CC between the means of two halves of the repeats, averaged over all ways to halve them where
    these are at most `splits`, else over `splits` random ones; an odd repeat is left out, another each time,
    and the ceiling is then that of one repeat fewer.
    The formula is that of Spearman and of Brown (1910), used so by Hsu, Borst and Theunissen 2004,
    doi:10.1088/0954-898X_15_2_002. NaN where r ≤ 0 or with fewer than two repeats.

    Args:
        splits: ways to halve the repeats that are averaged over.
        seed: of the ways that are drawn at random.

    Raises:
        SysidError: axes that are not (repeat, frame) or (repeat, frame, neuron), infinite responses, or no
            split asked for.
    """
    if splits < 1:
        raise SysidError(f"splits: expected at least 1, got {splits}")
    all_repeats, _ = check_axes(responses)
    present = np.array([not np.isnan(repeat).all() for repeat in all_repeats])
    halves = _halve(int(present.sum()), splits, seed)

    def compute(recorded: np.ndarray) -> np.ndarray:
        return _ceiling(recorded[present], halves)

    return per_neuron(compute, responses)


def _mean_of_others(
    responses: Float64[np.ndarray, "repeat frame neuron"],
) -> Float64[np.ndarray, "repeat frame neuron"]:
    recorded = ~np.isnan(responses)
    filled = np.where(recorded, responses, 0)
    others = recorded.sum(axis=0) - recorded
    return ratio(filled.sum(axis=0) - filled, others, recorded & (others > 0))


def _halve(repeats: int, splits: int, seed: int) -> list[Split]:
    """Return ways to draw two equal halves, as pairs of repeat numbers; none with fewer than two repeats."""
    half = repeats // 2
    if half == 0:
        return []
    if math.comb(repeats, half) * math.comb(repeats - half, half) // 2 <= splits:
        numbers = range(repeats)
        return [
            (first, second)
            for first in itertools.combinations(numbers, half)
            for second in itertools.combinations([number for number in numbers if number not in first], half)
            if first < second  # each pair of halves once
        ]
    generator = np.random.default_rng(seed)
    orders = [generator.permutation(repeats).tolist() for _ in range(splits)]
    return [(tuple(order[:half]), tuple(order[half : 2 * half])) for order in orders]


def _ceiling(
    responses: Float64[np.ndarray, "repeat frame neuron"], halves: list[Split]
) -> Float64[np.ndarray, "neuron"]:
    if not halves:
        return np.full(responses.shape[2], np.nan)
    recorded = ~np.isnan(responses)
    filled, weight = np.where(recorded, responses, 0), recorded.astype(np.float64)
    reliability = np.zeros((len(halves), responses.shape[2]))
    for row, pair in enumerate(halves):
        member = np.zeros((2, len(responses)))
        for half, repeats in enumerate(pair):
            member[half, list(repeats)] = 1
        count = np.tensordot(member, weight, axes=1)  # half frame neuron
        first, second = ratio(np.tensordot(member, filled, axes=1), count, count > 0)
        reliability[row] = pearson(first, second)
    mean = mean_of_finite(reliability)
    return np.sqrt(ratio(2 * mean, 1 + mean, mean > 0))
