"""Measure responses: how far above rest, how early, and two of them against each other."""

import numpy as np
from jaxtyping import Float

LEAST = 1e-4  # of the largest rate: what lies below is rounding of single precision


def above_rest(
    rates: Float[np.ndarray, "*more bin neuron"], rest: Float[np.ndarray, " neuron"]
) -> Float[np.ndarray, "*more neuron"]:
    """Return the highest rate over the bins minus the rate at rest, 0 where it never exceeds that."""
    return np.maximum(rates.max(axis=-2) - rest, 0)


def least_response(
    rates: Float[np.ndarray, "*more neuron"], rest: Float[np.ndarray, " neuron"]
) -> Float[np.ndarray, " neuron"]:
    """Return what a response has to exceed to be one: a ten thousandth of the neuron's largest rate."""
    largest = np.abs(rates).reshape(-1, rates.shape[-1]).max(axis=0)
    return LEAST * np.maximum(largest, np.abs(rest))


def contrast_index(
    one: Float[np.ndarray, " neuron"],
    other: Float[np.ndarray, " neuron"],
    least: Float[np.ndarray, " neuron"],
) -> Float[np.ndarray, " neuron"]:
    """Return (one − other)/(one + other) of responses that are not negative; NaN where neither is one."""
    total = one + other
    return np.divide(one - other, total, out=np.full(total.shape, np.nan), where=total > least)


def peak_place(values: Float[np.ndarray, "bin neuron"]) -> Float[np.ndarray, " neuron"]:
    """Return where the largest value lies, between bins by the parabola through it and its neighbours.

    NaN where no value exceeds another, or one is NaN.
    """
    bins = len(values)
    peak = np.where(np.isfinite(values), values, -np.inf).argmax(axis=0)
    place = peak.astype(np.float64)
    inner = (peak > 0) & (peak < bins - 1)
    if inner.any():
        at = peak[inner]
        before, top, after = (values[at + step, np.flatnonzero(inner)] for step in (-1, 0, 1))
        bend = before - 2 * top + after
        shift = np.divide(before - after, 2 * bend, out=np.zeros_like(bend), where=bend < 0)
        place[inner] += shift
    return np.where(values.max(axis=0) > values.min(axis=0), place, np.nan)
