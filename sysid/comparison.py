"""How much one variant exceeds another on the same bins and cells."""

import attrs
import numpy as np

from sysid.bootstrap import Fold, Interval, bootstrap_pooled_difference


@attrs.frozen
class Difference:
    """One variant minus another, in mean CC.

    Attributes:
        variant: the other one.
        correlation: the difference, with its hierarchical bootstrap: both are scored on the same resamples,
            which cancels what makes some bins and cells hard for any model.
    """

    variant: str
    correlation: Interval


def difference_from(variant: str, folds: list[list[Fold]], others: list[list[Fold]]) -> Difference | None:
    """Compare two variants fold by fold, session by session; None where they do not predict the same bins.

    Args:
        variant: name of the other.
        folds: by fold and session, what the one predicts.
        others: by fold and session, what the other predicts.
    """
    if [len(fold) for fold in folds] != [len(fold) for fold in others]:
        return None
    one, other = list(zip(*folds, strict=True)), list(zip(*others, strict=True))  # by session and fold
    pairs = [pair for mine, theirs in zip(one, other, strict=True) for pair in zip(mine, theirs, strict=True)]
    if not all(same_bins(mine, theirs) for mine, theirs in pairs):
        return None
    baselines = [[fold.prediction for fold in session] for session in other]
    return Difference(variant, bootstrap_pooled_difference(one, baselines))


def same_bins(one: Fold, other: Fold) -> bool:
    """Say whether two folds hold the same responses."""
    return np.array_equal(one.responses, other.responses, equal_nan=True)
