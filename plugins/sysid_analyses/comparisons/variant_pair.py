"""Compare every two variants on one dataset: difference, interval, p over blocks of time, effect size."""

import itertools
from collections.abc import Iterable, Sequence

import attrs
import numpy as np

from sysid import bootstrap_difference
from sysid_analyses.comparisons.ensemble import Ensemble
from sysid_analyses.comparisons.multiplicity import holm
from sysid_analyses.comparisons.paired_fold import pair_predictions
from sysid_analyses.comparisons.sign_flip import effect_size, sign_flip_test


@attrs.frozen
class Pair:
    """Hold variant `a` minus variant `b` on one dataset.

    Attributes:
        dataset, a, b: names.
        difference: in mean CC.
        standard_error, low, high: of the host's hierarchical bootstrap, 95 %; of this pair alone.
        p: of the sign-flip test over blocks of time.
        p_holm: adjusted for all pairs of the dataset.
        blocks: of time, over all folds.
        effect_size: mean over blocks of what each adds to the difference, over its sd.
        cells: that can be scored.
        cells_a, cells_b: in how many of them `a`, and `b`, has the higher CC.
    """

    dataset: str
    a: str
    b: str
    difference: float
    standard_error: float
    low: float
    high: float
    p: float
    p_holm: float
    blocks: int
    effect_size: float
    cells: int
    cells_a: int
    cells_b: int

    def turned(self) -> "Pair":
        """Return `b` minus `a`."""
        return attrs.evolve(
            self,
            a=self.b,
            b=self.a,
            difference=-self.difference,
            low=-self.high,
            high=-self.low,
            effect_size=-self.effect_size,
            cells_a=self.cells_b,
            cells_b=self.cells_a,
        )


def compare_variants(ensembles: Sequence[Ensemble], *, draws: int, seed: int) -> tuple[Pair, ...]:
    """Return every pair of ensembles that predict the same bins of one dataset, in their order."""
    twos = itertools.combinations(ensembles, 2)
    pairs = [compare_pair(one, other, draws=draws, seed=seed) for one, other in twos]
    adjusted = holm(np.array([pair.p for pair in pairs]))
    return tuple(attrs.evolve(pair, p_holm=float(p)) for pair, p in zip(pairs, adjusted, strict=True))


def compare_pair(one: Ensemble, other: Ensemble, *, draws: int, seed: int) -> Pair:
    """Return one pair, its p not yet adjusted."""
    others = [other.folds[number].prediction for number in one.folds]
    interval = bootstrap_difference(list(one.folds.values()), others)
    paired = [
        pair_predictions(fold.responses, fold.prediction, theirs, fold.blocks)
        for fold, theirs in zip(one.folds.values(), others, strict=True)
    ]
    scored = [fold for fold in paired if fold.scorable]
    contributions = np.concatenate([np.zeros(0), *(fold.contributions for fold in scored)])
    correlations, theirs = one.cell_correlations(), other.cell_correlations()
    p = sign_flip_test(paired, draws=draws, seed=seed)
    return Pair(
        dataset=one.dataset,
        a=one.variant,
        b=other.variant,
        difference=interval.estimate,
        standard_error=interval.standard_error,
        low=interval.low,
        high=interval.high,
        p=p,
        p_holm=p,
        blocks=len(contributions),
        effect_size=effect_size(contributions),
        cells=int(np.isfinite(correlations).sum()),
        cells_a=int((correlations > theirs).sum()),
        cells_b=int((correlations < theirs).sum()),
    )


def find_pair(pairs: Iterable[Pair], a: str | None, b: str | None) -> Pair | None:
    """Return `a` minus `b`, whichever way it was computed; None where there is no such pair."""
    for pair in pairs:
        if (pair.a, pair.b) == (a, b):
            return pair
        if (pair.b, pair.a) == (a, b):
            return pair.turned()
    return None
