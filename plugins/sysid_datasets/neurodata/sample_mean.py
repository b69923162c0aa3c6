"""Average the samples in each bin."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float32, Float64, Int64

from sysid_datasets.neurodata.block import blocks

SAME_S = 1e-9  # between a sample and an edge: clocks that tick together are computed in different ways
AT_ONCE = 1 << 20  # values, or those of one chunk: 8 MB of doubles, of which a handful are at work
CHUNKS = 8  # read one after the other, where they are small: only those at both ends are read twice
Bounds = Int64[np.ndarray, " edge"]


def find_bounds(onset_s: Float64[np.ndarray, " sample"], edges_s: Float64[np.ndarray, " edge"]) -> Bounds:
    """Return the number of the first sample at or after each edge: bin k has those from k to k + 1."""
    return np.searchsorted(onset_s, edges_s - SAME_S, side="left").astype(np.int64)


def mean_in_bins(
    read: Callable[[int, int, slice], np.ndarray], bounds: Bounds, columns: int, chunk: tuple[int, int]
) -> Float32[np.ndarray, "bin column"]:
    """Return the mean of the valid samples in each bin, NaN where there is none; long spans part by part.

    Chunks are read once, but for those that lie on a border between two parts.

    Args:
        read: gives (sample, column), the samples from a number up to another, of some columns.
        bounds: number of the first sample of each bin, and of the first after the last bin.
        columns: of the samples, how many.
        chunk: samples and columns that are best read together: compressed data are expanded by chunks.
    """
    means = np.full((len(bounds) - 1, columns), np.nan, dtype=np.float32)
    fitting = max(1, AT_ONCE // (chunk[0] * chunk[1]))
    samples = max(AT_ONCE // columns, chunk[0] * min(fitting, CHUNKS))
    together = max(1, min(samples, int(bounds[-1] - bounds[0])))
    wide = max(1, AT_ONCE // together // chunk[1]) * chunk[1]
    for first, stop in blocks(bounds, samples):
        own = bounds[first : stop + 1] - bounds[first]
        for left in range(0, columns if own[-1] else 0, wide):
            beside = slice(left, min(left + wide, columns))
            values = read(int(bounds[first]), int(bounds[stop]), beside)
            means[first:stop, beside] = average_runs(values, own)
    return means


def average_runs(
    values: Float64[np.ndarray, "sample column"], bounds: Bounds
) -> Float64[np.ndarray, "bin column"]:
    """Return the mean over the samples of each bin that are finite, NaN where there is none."""
    means = np.full((len(bounds) - 1, values.shape[1]), np.nan)
    filled = np.diff(bounds) > 0
    if filled.any():
        starts = bounds[:-1][filled]  # bins without samples take none from their neighbours
        known = np.isfinite(values)
        total = np.add.reduceat(np.where(known, values, 0), starts, axis=0)
        count = np.add.reduceat(known, starts, axis=0, dtype=np.int64)
        means[filled] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return means
