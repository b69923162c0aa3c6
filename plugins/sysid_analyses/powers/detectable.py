"""Say which difference a recording can show, from how much the difference varies by chance alone."""

import attrs
import numpy as np
from jaxtyping import Float
from scipy.stats import chi2, norm


@attrs.frozen
class Needs:
    """Say how many times as much would show a difference; infinite = no amount of it alone would.

    Attributes:
        test: of the test part's time, or of its repeats.
        everything: of training and test part.
    """

    test: float
    everything: float


def detectable_difference(spread: float, power: float, alpha: float) -> float:
    """Return the smallest difference that a two-sided test at level `alpha` shows with probability `power`.

    δ = (z(1 − α/2) + z(power))·s for an estimate that is normal around the true difference with the standard
    deviation `spread`; the chance of a significant difference of the wrong sign is left out (Lachin 1981,
    doi:10.1016/0197-2456(81)90001-5).
    """
    return float((norm.ppf(1 - alpha / 2) + norm.ppf(power)) * spread)


def power_to_show(difference: float, spread: float, alpha: float) -> float:
    """Return the probability that a two-sided test shows a true difference, with its sign."""
    if spread == 0:
        return float(difference != 0)
    return float(norm.cdf(abs(difference) / spread - norm.ppf(1 - alpha / 2)))


def spread_interval(spread: float, draws: int, level: float = 0.95) -> tuple[float, float]:
    """Return the confidence interval of a standard deviation that was estimated from normal draws.

    s·√((n − 1)/χ²): with 5 draws it reaches from .6 to 2.9 times the estimate. NaN with fewer than 2.
    """
    if draws < 2:
        return float("nan"), float("nan")
    quantiles = chi2.ppf([(1 + level) / 2, (1 - level) / 2], draws - 1)
    low, high = (spread * np.sqrt((draws - 1) / quantiles)).tolist()
    return low, high


def split_spread(
    differences: Float[np.ndarray, " simulation"], test_spreads: Float[np.ndarray, " simulation"]
) -> tuple[float, float]:
    """Return the part of the spread that test noise makes, and the rest, which the training makes.

    The variance of the differences is that of the test part for given models, averaged over simulations,
    plus that between trainings; a rest that comes out below 0 is 0.

    Args:
        differences: in mean CC, each of models trained on responses of their own.
        test_spreads: for these models, the standard deviation of the difference over new test responses.
    """
    test = float(np.mean(np.square(test_spreads)))
    total = float(np.var(differences, ddof=1))
    return np.sqrt(test).item(), np.sqrt(max(0.0, total - test)).item()


def needed(
    difference: float, test_spread: float, training_spread: float, power: float, alpha: float
) -> Needs:
    """Return how many times as much recording shows a true difference with probability `power`.

    Assumes that the test part's share of the variance falls as 1/time (and as 1/repeats), and for
    `everything` that the training's share does too, as independent noise does. Less than 1: there is more
    than enough.
    """
    wanted = (difference / detectable_difference(1.0, power, alpha)) ** 2  # the variance that would do
    left = wanted - training_spread**2
    test = test_spread**2 / left if left > 0 else np.inf
    everything = (test_spread**2 + training_spread**2) / wanted if wanted > 0 else np.inf
    return Needs(float(test), float(everything))
