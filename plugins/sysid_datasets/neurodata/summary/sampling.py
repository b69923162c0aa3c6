"""Look at a few parts of an array on disk that may be far larger than memory."""

from typing import Any

import numpy as np

BLOCKS = 16  # evenly spaced, the first and the last rows among them
VALUES = 1 << 18  # read in all: 2 MB of doubles


def sample_nan_share(data: Any) -> float:
    """Return the share of values that are NaN, of evenly spaced rows where there are many.

    Args:
        data: an array or a dataset on disk, its first axis the rows; of numbers.
    """
    shape = np.shape(data)
    if not shape or 0 in shape or np.asarray(data[:1]).dtype.kind != "f":
        return 0.0
    row_size = int(np.prod(shape[1:], dtype=np.int64))
    rows = max(1, VALUES // (BLOCKS * row_size))
    if rows * BLOCKS >= shape[0]:
        return float(np.isnan(data[:]).mean())
    starts = np.linspace(0, shape[0] - rows, BLOCKS).astype(int).tolist()
    return float(np.mean([np.isnan(data[start : start + rows]).mean() for start in starts]))
