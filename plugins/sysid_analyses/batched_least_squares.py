"""Many small least squares problems at once: Levenberg and Marquardt's method, each with its own damping."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int

TOLERANCE = 1e-8  # relative, of the cost or of all parameters
FIRST_DAMPING, LEAST_DAMPING, LARGEST_DAMPING = 1e-2, 1e-9, 1e10
STEPS = 100


class Normal(NamedTuple):
    """Hold what is known of the problems at one point each, r their residuals and J the derivatives of r.

    Attributes:
        cost: r'r / 2.
        gradient: J'r.
        matrix: J'J.
    """

    cost: Float64[np.ndarray, " problem"]
    gradient: Float64[np.ndarray, "problem parameter"]
    matrix: Float64[np.ndarray, "problem parameter parameter"]


Evaluate = Callable[
    [Float64[np.ndarray, "some parameter"], Int[np.ndarray, " some"]],
    Normal,
]


def least_squares(
    evaluate: Evaluate,
    start: Float64[np.ndarray, "problem parameter"],
    low: Float64[np.ndarray, " parameter"],
    high: Float64[np.ndarray, " parameter"],
) -> tuple[Float64[np.ndarray, "problem parameter"], Normal]:
    """Return the parameters that minimise each problem's cost between bounds, and what is known there.

    A step solves (J'J + damping · diag J'J) step = −J'r over the parameters that no bound holds, and is cut
    off at the bounds; it is taken where it lowers the cost. Damping relative to the diagonal is Marquardt's
    (1963, doi:10.1137/0111030), and follows how well the cost was foretold (Nielsen 1999, "Damping parameter
    in Marquardt's method", report IMM-REP-1999-05, Technical University of Denmark). Problems that are done
    leave the batch, so that a few slow ones cost no more than themselves.

    Differs: Nielsen lowers the damping to a third at the most, here it is to a ninth.

    Args:
        evaluate: takes parameters of some of the problems and the numbers of these.
        start: within the bounds.
        low, high: the bounds, the same for all; infinite where there is none.
    """
    found = start.copy()
    everything = np.arange(len(start))
    state = Normal(*(each.copy() for each in evaluate(found, everything)))
    damping, growth = np.full(len(start), FIRST_DAMPING), np.full(len(start), 2.0)
    active = everything
    for _ in range(STEPS):
        if not active.size:
            break
        here, at = found[active], Normal(*(each[active] for each in state))
        trial = _step(here, at, damping[active], low, high)
        there = evaluate(trial, active)
        gain = at.cost - there.cost
        foretold = _foretell(trial - here, at)
        better = gain > 0  # not where it is NaN
        _write(found, state, active[better], trial[better], Normal(*(each[better] for each in there)))
        still = np.abs(trial - here) <= TOLERANCE * (TOLERANCE + np.abs(here))
        done = still.all(axis=1) | (better & (np.maximum(gain, foretold) <= TOLERANCE * at.cost))
        kept = np.where(better, np.minimum(gain / np.maximum(foretold, 1e-300), 1), 0)
        _adapt(damping, growth, active, kept)
        active = active[~done & (damping[active] < LARGEST_DAMPING)]
    return found, state


def _step(
    here: Float64[np.ndarray, "some parameter"],
    at: Normal,
    damping: Float64[np.ndarray, " some"],
    low: Float64[np.ndarray, " parameter"],
    high: Float64[np.ndarray, " parameter"],
) -> Float64[np.ndarray, "some parameter"]:
    """Return where the damped step leads, within the bounds."""
    free = ~(((here <= low) & (at.gradient > 0)) | ((here >= high) & (at.gradient < 0)))
    size = np.sqrt(np.maximum(np.einsum("spp->sp", at.matrix), 0))
    known = free & (size > 0)
    scale = np.where(known, 1 / np.where(known, size, 1), 0)  # a parameter without effect stays
    matrix = at.matrix * scale[:, :, None] * scale[:, None, :]
    diagonal = np.einsum("spp->sp", matrix)  # a view
    diagonal += np.where(known, damping[:, None], 1)
    step = np.linalg.solve(matrix, (-at.gradient * scale)[:, :, None])[:, :, 0] * scale
    return np.clip(here + step, low, high)


def _foretell(step: Float64[np.ndarray, "some parameter"], at: Normal) -> Float64[np.ndarray, " some"]:
    """Return by how much the cost would fall if the residuals were linear."""
    bent = np.einsum("spq,sq->sp", at.matrix, step)
    return -np.einsum("sp,sp->s", at.gradient + bent / 2, step)


def _write(
    found: Float64[np.ndarray, "problem parameter"],
    state: Normal,
    which: Int[np.ndarray, " some"],
    trial: Float64[np.ndarray, "some parameter"],
    there: Normal,
) -> None:
    found[which] = trial
    for stored, new in zip(state, there, strict=True):
        stored[which] = new


def _adapt(
    damping: Float64[np.ndarray, " problem"],
    growth: Float64[np.ndarray, " problem"],
    active: Int[np.ndarray, " some"],
    kept: Float64[np.ndarray, " some"],
) -> None:
    """Lower the damping where a step was good, and raise it, faster each time, where it was not.

    Args:
        damping, growth: of every problem, written to.
        active: numbers of the problems that made a step.
        kept: how much of what was foretold came true, at most 1; 0 where the step was not taken.
    """
    now, pace, better = damping[active], growth[active], kept > 0
    lower = np.maximum(1 / 9, 1 - (2 * kept - 1) ** 3)
    damping[active] = np.where(better, np.maximum(now * lower, LEAST_DAMPING), now * pace)
    growth[active] = np.where(better, 2, 2 * pace)
