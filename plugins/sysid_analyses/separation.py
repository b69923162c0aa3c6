"""Take a space-time filter apart into one spatial map and one temporal vector."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from sysid_analyses.argument_check import check_array


class Separation(NamedTuple):
    """Hold the best product of one map and one time course, and how much of the filter it is.

    Attributes:
        spatial: (height, width), unit norm, its largest absolute value positive.
        temporal: (lag,), unit norm, with the sign that the map leaves to it.
        singular_values: falling, as many as the shorter of lags and pixels; the filter is a pure product
            where all but the first are zero. `spatial`, `temporal` and the first give the best product.
    """

    spatial: Float[np.ndarray, "height width"]
    temporal: Float[np.ndarray, " lag"]
    singular_values: Float[np.ndarray, " component"]


def separate(filter: Float[np.ndarray, "lag height width"], subtract_mean: bool = False) -> Separation:
    """Separate a filter into space and time by singular value decomposition of (lag, height·width).

    The decomposition leaves the sign of the pair open: here the largest |spatial| value is positive, so an
    OFF filter has a temporal vector that begins downwards. A filter of zeros has no direction, and gives a
    map and a time course of zeros.

    Differs: the released code of Zheng et al. 2021 subtracts the mean over space and time first, which turns
    a pure product into a sum of two and bends the time course; `subtract_mean` does the same.

    Raises:
        SysidError: another number of axes, no value, or one that is not finite.
    """
    check_array("separate", "filter", filter, "lag height width", finite=True)
    lags, height, width = filter.shape
    matrix = filter.reshape(lags, height * width).astype(np.float64)
    if subtract_mean:
        matrix = matrix - matrix.mean()
    times, singular_values, maps = np.linalg.svd(matrix, full_matrices=False)
    spatial, temporal = maps[0], times[:, 0]
    largest = spatial[np.abs(spatial).argmax()]
    sign = np.sign(largest) if singular_values[0] > 0 else 0.0
    return Separation(sign * spatial.reshape(height, width), sign * temporal, singular_values)
