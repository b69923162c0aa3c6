"""How much one variant exceeds another on the same bins and cells."""

import attrs
import numpy as np

from sysid.bootstrap import Fold, Interval, bootstrap_difference


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
    """Compare two variants fold by fold; None where they do not predict the same bins of one session.

    Args:
        variant: name of the other.
        folds: by fold and session, what the one predicts.
        others: by fold and session, what the other predicts.
    """
    one, other = ([fold[0] for fold in each if len(fold) == 1] for each in (folds, others))
    if len(one) != len(folds) or len(one) != len(other):
        return None
    if not all(same_bins(mine, theirs) for mine, theirs in zip(one, other, strict=True)):
        return None
    return Difference(variant, bootstrap_difference(one, [fold.prediction for fold in other]))


def same_bins(one: Fold, other: Fold) -> bool:
    """Say whether two folds hold the same responses."""
    return np.array_equal(one.responses, other.responses, equal_nan=True)
