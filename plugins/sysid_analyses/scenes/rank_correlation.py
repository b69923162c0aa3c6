"""Spearman's rank correlation with a bootstrap over cells."""

import numpy as np
from jaxtyping import Float, Float64
from scipy.stats import rankdata

from sysid import Interval

LEVEL = 0.95
LEAST_CELLS = 5


def rank_correlation(
    x: Float[np.ndarray, " cell"], y: Float[np.ndarray, " cell"], *, draws: int = 2000, seed: int = 0
) -> Interval:
    """Return Spearman's ρ of two properties of cells, with the percentile interval of a bootstrap over cells.

    Cells that lack either (NaN) are left out. Cells are drawn as if they were independent; cells side by side
    are not, and the interval is then too narrow. NaN with fewer than five cells, or where all are alike.
    """
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if len(x) < LEAST_CELLS:
        return Interval(np.nan, np.nan, np.nan, np.nan, LEVEL)
    estimate = float(_correlate_ranks(x[None], y[None])[0])
    chosen = np.random.default_rng(seed).integers(0, len(x), (draws, len(x)))
    values = _correlate_ranks(x[chosen], y[chosen])
    values = values[np.isfinite(values)]  # a draw of one cell alone has none
    if not np.isfinite(estimate) or len(values) < 2:
        return Interval(estimate, np.nan, np.nan, np.nan, LEVEL)
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return Interval(estimate, float(values.std(ddof=1)), low, high, LEVEL)


def _correlate_ranks(
    x: Float[np.ndarray, "draw cell"], y: Float[np.ndarray, "draw cell"]
) -> Float64[np.ndarray, " draw"]:
    """Return the correlation of the ranks in each draw; NaN where one of the two is constant."""
    ranks = [rankdata(each, axis=1) for each in (x, y)]  # ties share their mean rank
    first, second = (each - each.mean(axis=1, keepdims=True) for each in ranks)
    scale = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    return np.divide((first * second).sum(axis=1), scale, out=np.full(len(x), np.nan), where=scale > 0)
