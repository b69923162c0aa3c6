"""Average responses over repeats of which some were not recorded."""

import numpy as np
from jaxtyping import Float


def average_repeats(responses: Float[np.ndarray, "repeat bin neuron"]) -> Float[np.ndarray, "bin neuron"]:
    """Average over the repeats recorded in each bin; NaN where there is none."""
    recorded = ~np.isnan(responses)
    count = recorded.sum(axis=0)
    total = np.where(recorded, responses, 0).sum(axis=0, dtype=np.float64)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
