"""Score predictions with fewer and fewer kernels."""

from collections.abc import Sequence

import attrs
import numpy as np
from jaxtyping import Float

from sysid import Fold, Run, bootstrap_mean_correlation, metrics
from sysid_analyses.prunings.pruned_prediction import Rates
from sysid_analyses.prunings.pruning_order import Orders

SUFFICIENT = 0.95  # of the whole model's CC


@attrs.frozen
class Score:
    """Hold how well one prediction of all sessions does.

    Attributes:
        correlation: CC averaged over the cells of all sessions; a constant prediction counts as 0.
        population_correlation: CC of the mean over cells; NaN where there are several sessions.
        low, high: 95 % interval of `correlation` by the host's hierarchical bootstrap over blocks of time and
            cells; NaN where it was not asked for, or there are several sessions.
    """

    correlation: float
    population_correlation: float
    low: float
    high: float


@attrs.frozen(eq=False)
class Curve:
    """Hold the scores along one order of the kernels.

    Attributes:
        order: what the kernels were ranked by.
        draw: which random order, 0 elsewhere.
        counts: numbers of kernels kept, increasing.
        scores: one for each count.
    """

    order: str
    draw: int
    counts: tuple[int, ...]
    scores: tuple[Score, ...]

    @property
    def correlations(self) -> Float[np.ndarray, " count"]:
        """Mean CC at every count."""
        return np.array([score.correlation for score in self.scores])

    @property
    def area(self) -> float:
        """Mean height of the curve of mean CC between the lowest and the highest count."""
        counts, heights = np.array(self.counts, dtype=np.float64), self.correlations
        if len(counts) == 1:
            return float(heights[0])
        middle = (heights[1:] + heights[:-1]) / 2
        return float((middle * np.diff(counts)).sum() / (counts[-1] - counts[0]))

    def sufficient(self, full: float) -> float:
        """Return the fewest kernels from which on the mean CC stays at 95 % of `full`, NaN if none do."""
        falls_short = np.flatnonzero(~(self.correlations >= SUFFICIENT * full))
        first = falls_short[-1] + 1 if len(falls_short) else 0
        return float(self.counts[first]) if first < len(self.counts) and full > 0 else float("nan")


def score_rates(
    parts: Sequence[dict[str, np.ndarray]], rates: Sequence[np.ndarray], interval: bool = False
) -> Score:
    """Score one prediction, session by session.

    Args:
        parts: of each session, as `RunFolder.predictions` returns them.
        rates: of each session, (bin, neuron), instead of the prediction there.
        interval: whether to resample; it costs a fraction of a second.
    """
    responses = [part["responses"] for part in parts]
    scores = np.concatenate([metrics.correlation(*pair) for pair in zip(responses, rates, strict=True)])
    counted = np.concatenate([metrics.scorable(each) for each in responses])
    mean = metrics.mean_score(scores, counted).mean
    if len(parts) > 1:
        return Score(mean, np.nan, np.nan, np.nan)
    population = float(metrics.population_correlation(responses[0], rates[0]))
    if not interval:
        return Score(mean, population, np.nan, np.nan)
    bounds = bootstrap_mean_correlation([Fold(responses[0], rates[0], parts[0]["block"])])
    return Score(mean, population, bounds.low, bounds.high)


def score_curves(
    run: Run, rates: dict[str, Rates], orders: Orders, counts: tuple[int, ...]
) -> tuple[Score, list[Curve]]:
    """Score the whole model and every order; intervals for all but random orders, which have their spread."""
    parts = run.folder.predictions()
    stored, predicted = list(parts.values()), [rates[session] for session in parts]
    curves = []
    for number, (rank, drawn) in enumerate(zip(orders.rank, orders.draw, strict=True)):
        scores = [
            score_rates(stored, [each.pruned[number, place] for each in predicted], rank != "random")
            for place in range(len(counts))
        ]
        curves.append(Curve(rank, drawn, counts, tuple(scores)))
    return score_rates(stored, [each.full for each in predicted], interval=True), curves
