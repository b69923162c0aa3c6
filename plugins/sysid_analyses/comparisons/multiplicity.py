"""Keep the chance of one false finding among several tests at its level."""

import numpy as np
from jaxtyping import Float, Float64


def holm(p: Float[np.ndarray, " test"]) -> Float64[np.ndarray, " test"]:
    """Return p adjusted for all tests by Holm's step-down method; NaN, a test not made, stays and counts not.

    With p in rising order, p_adjusted(i) = max over j ≤ i of min(1, (tests − j + 1)·p(j)). The tests with
    p_adjusted ≤ α hold, all of them at once, with a probability of at most α that any is false, however the
    tests depend on one another (Holm 1979, Scandinavian Journal of Statistics 6, 65-70).
    """
    made = np.flatnonzero(np.isfinite(p))
    order = made[np.argsort(p[made], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.maximum.accumulate(np.minimum(1, factors * p[order].astype(np.float64)))
    return adjusted
