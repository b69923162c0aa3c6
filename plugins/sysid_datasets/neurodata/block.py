"""Divide what is too long to be read in one go."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int64


def blocks(bounds: Int64[np.ndarray, " edge"], most: int) -> Iterator[tuple[int, int]]:
    """Yield (first, stop) of groups that hold no more than so many values, unless one alone has more.

    Args:
        bounds: number of the first value of each group (a bin, a unit), and how many values there are.
        most: values in a block.
    """
    first, groups = 0, len(bounds) - 1
    while first < groups:
        stop = max(first + 1, int(np.searchsorted(bounds, bounds[first] + most, side="right")) - 1)
        yield first, stop
        first = stop
