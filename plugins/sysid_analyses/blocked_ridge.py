"""Ridge regression from sums over blocks of time, its strength chosen by leaving out one block at a time."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import cho_factor, cho_solve


class Sums(NamedTuple):
    """Sums of products over the bins of one block."""

    bins: float
    rows: Float[np.ndarray, " component"]
    rates: Float[np.ndarray, " neuron"]
    gram: Float[np.ndarray, "component component"]
    cross: Float[np.ndarray, "component neuron"]
    power: Float[np.ndarray, " neuron"]


def sum_block(
    pieces: Iterable[Float[np.ndarray, "_ component"]], rates: Float[np.ndarray, "bin neuron"]
) -> Sums | None:
    """Take all sums of products of a block in one pass over its rows; None where it has none."""
    total: list[np.ndarray] | None = None
    start = 0
    for rows in pieces:
        own = rates[start : start + len(rows)]
        start += len(rows)
        if len(rows) == 0:
            continue
        here = [rows.sum(axis=0), own.sum(axis=0), rows.T @ rows, rows.T @ own, np.square(own).sum(axis=0)]
        total = here if total is None else [before + each for before, each in zip(total, here, strict=True)]
    return None if total is None else Sums(float(start), *total)


def choose_strength(
    blocks: Sequence[Sums], between: Sums | None, variance: float, strengths: tuple[float, ...]
) -> tuple[Float[np.ndarray, "component neuron"], Float[np.ndarray, " neuron"], Float[np.ndarray, " neuron"]]:
    """Minimise Σ (y − b − w·z)² + strength · variance · bins · w·w, with the strength that predicts best.

    Args:
        blocks: each is left out once.
        between: bins of no block, which only the final fit uses.
        variance: what makes strengths pure numbers.
        strengths: to choose from.

    Returns:
        weights; the strength of each neuron; the share of variance explained in the blocks left out, against
        the mean of the other blocks.
    """
    left, whole = np.zeros((len(strengths), len(blocks[0].rates))), np.zeros(len(blocks[0].rates))
    for number, held_out in enumerate(blocks):
        kept = add([*blocks[:number], *blocks[number + 1 :]])
        row_mean, rate_mean = kept.rows / kept.bins, kept.rates / kept.bins
        gram, cross, _ = products_around(kept, row_mean, rate_mean)
        gram_out, cross_out, power_out = products_around(held_out, row_mean, rate_mean)
        whole += power_out
        for tried, strength in enumerate(strengths):
            weights = _solve(gram, cross, strength * variance * kept.bins)
            left[tried] += power_out - 2 * (weights * cross_out).sum(axis=0)
            left[tried] += (weights * (gram_out @ weights)).sum(axis=0)
    best = left.argmin(axis=0)
    every = add([*blocks] if between is None else [*blocks, between])
    gram, cross, _ = products_around(every, every.rows / every.bins, every.rates / every.bins)
    weights = np.empty_like(cross)
    for tried in np.unique(best):
        chosen = best == tried
        weights[:, chosen] = _solve(gram, cross[:, chosen], strengths[tried] * variance * every.bins)
    explained = np.full(len(whole), np.nan)
    np.divide(left[best, np.arange(len(best))], whole, out=explained, where=whole > 0)
    return weights, np.asarray(strengths)[best], 1 - explained


def add(blocks: Sequence[Sums]) -> Sums:
    """Return the sums over several blocks."""
    return Sums(*(sum(each[1:], each[0]) for each in zip(*blocks, strict=True)))


def products_around(
    sums: Sums, row_mean: Float[np.ndarray, " component"], rate_mean: Float[np.ndarray, " neuron"]
) -> tuple[
    Float[np.ndarray, "component component"],
    Float[np.ndarray, "component neuron"],
    Float[np.ndarray, " neuron"],
]:
    """Return Σ (z − m)(z − m)', Σ (z − m)(y − n) and Σ (y − n)² for a mean row m and mean rates n."""
    rows, rates = sums.rows - sums.bins * row_mean, sums.rates - sums.bins * rate_mean
    gram = sums.gram - np.outer(row_mean, sums.rows) - np.outer(rows, row_mean)
    cross = sums.cross - np.outer(row_mean, sums.rates) - np.outer(rows, rate_mean)
    power = sums.power - rate_mean * (sums.rates + rates)
    return gram, cross, power


def _solve(
    gram: Float[np.ndarray, "component component"],
    cross: Float[np.ndarray, "component neuron"],
    penalty: float,
) -> Float[np.ndarray, "component neuron"]:
    """Solve (gram + penalty · 1) w = cross."""
    damped = gram.copy()
    damped[np.diag_indices_from(damped)] += penalty
    return cho_solve(cho_factor(damped, lower=True, overwrite_a=True), cross)
