"""Sum a movie at many lags, weighted by columns of numbers: stretch by stretch, in constant memory."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Num, Real

LAGS_AT_ONCE = 30  # half of the shorter window: the other half are bins whose sums it gives
COLUMNS_AT_ONCE = 1024  # whose transform is in memory; the movie is read once for so many
WORKSPACE_BYTES = 1 << 27  # for some pixels of all stretches, and their products with the columns
READ_AT_ONCE = 1 << 18  # values turned into another type while they are in a processor core's cache

Movie = Real[np.ndarray, "frame height width"] | Bool[np.ndarray, "frame height width"]
Read = Callable[[slice, slice], Num[np.ndarray, "frame column"]]


class Correlation(ABC):
    """Correlate stretches of a few bins with windows of a movie, many stretches at once.

    The window of a stretch begins `lags − 1` frames before its first bin and ends with its last. Both are
    turned into `points` numbers such that one product for each point, summed over stretches, gives all lags.

    Attributes:
        window: frames.
        bins: of a stretch, window − lags + 1.
        points: products for each stretch, pixel and column.
        stretches: in one sum of products, at most.
        dtype: of what it takes.
    """

    window: int
    bins: int
    points: int
    stretches: int
    dtype: type[np.number]

    @abstractmethod
    def transform(self, columns: Num[np.ndarray, "bin stretch column"]) -> Any:
        """Return what `add` needs of the columns."""

    @abstractmethod
    def add(
        self,
        transformed: Any,
        windows: Num[np.ndarray, "frame stretch pixel"],
        sums: Float64[np.ndarray, "lag pixel column"],
    ) -> None:
        """Add Σ columns[bin] · windows[lags − 1 + bin − lag], over bins and stretches, to the sums."""


def sum_lagged(
    read_pixels: Read,
    read_columns: Read,
    shape: tuple[int, int, int],
    lags: int,
    choose: Callable[[int, int], Correlation],
) -> Float64[np.ndarray, "lag pixel column"]:
    """Return Σ_t column[t] · pixel[t − lag]; frames before the first count as zero.

    Args:
        read_pixels: returns some frames of some pixels as numbers that the correlation takes.
        read_columns: the same for the columns.
        shape: frames, pixels, columns.
        lags: of the result.
        choose: returns the correlation for so many lags and columns.
    """
    frames, pixels, columns = shape
    sums = np.zeros((lags, pixels, columns))
    for own_lags in _divide(lags, LAGS_AT_ONCE):
        for own_columns in _divide(columns, COLUMNS_AT_ONCE):
            own = choose(_length(own_lags), _length(own_columns))
            for stretches in _divide(-(-frames // own.bins), own.stretches):
                first, count = stretches.start * own.bins, _length(stretches)
                stack = _stack(read_columns, frames, own_columns, first, own.bins, count, own)
                transformed = own.transform(stack)
                for some in _divide_pixels(pixels, own, count, _length(own_columns)):
                    before = first - own_lags.stop + 1
                    stack = _stack(read_pixels, frames, some, before, own.window, count, own)
                    own.add(transformed, stack, sums[own_lags, some, own_columns])
    return sums


def _length(part: slice) -> int:
    """Return how many indices a slice has."""
    return part.stop - part.start


def _divide(total: int, most: int) -> Iterator[slice]:
    """Yield parts of about equal length."""
    parts = -(-total // most)
    for part in range(parts):
        yield slice(total * part // parts, total * (part + 1) // parts)


def _divide_pixels(pixels: int, own: Correlation, stretches: int, columns: int) -> Iterator[slice]:
    """Yield as many pixels as the workspace takes, a multiple of 64 if it can: products are faster then."""
    number = np.dtype(own.dtype).itemsize
    each = 4 * own.points * columns + number * (own.window + own.points) * stretches
    most = max(1, WORKSPACE_BYTES // each)
    most = most // 64 * 64 or most
    for start in range(0, pixels, most):
        yield slice(start, min(pixels, start + most))


def _stack(
    read: Read, frames: int, columns: slice, first: int, length: int, stretches: int, own: Correlation
) -> Num[np.ndarray, "bin stretch column"]:
    """Return stretches of some length, the first of which begins in `first`, zero where there is no frame."""
    last = first + (stretches - 1) * own.bins + length
    values = np.zeros((last - first, _length(columns)), dtype=own.dtype)
    step = max(1, READ_AT_ONCE // _length(columns))
    for start in range(max(0, first), min(frames, last), step):
        stop = min(frames, last, start + step)
        values[start - first : stop - first] = read(slice(start, stop), columns)
    line, number = values.strides
    shape, strides = (length, stretches, values.shape[1]), (line, own.bins * line, number)
    # windows overlap in memory: a correlation that needs copies makes them
    return np.lib.stride_tricks.as_strided(values, shape, strides)
