"""Frames by number, wherever their pixels lie."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int64

NEAR = 4  # frames in one stretch are read in one go if that reads at most this many for each that is wanted


@runtime_checkable
class PixelSource(Protocol):
    """Frames that are read when they are asked for by number."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(frame, channel, height, width)."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """uint8 or float32."""
        ...

    def take(self, frames: Int64[np.ndarray, " n"]) -> np.ndarray:
        """Return frames in the given order, (n, channel, height, width).

        Raises:
            SysidError: a frame is not there, damaged, or has pixels that are not finite.
        """
        ...


def delivered_dtype(stored: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type that pixels are delivered in: bytes as they are, everything else as float32."""
    return np.dtype(np.uint8 if stored in (np.uint8, np.bool_) else np.float32)


def runs_of(frames: Int64[np.ndarray, " n"]) -> list[slice]:
    """Return few slices that hold all of some frame numbers, in increasing order."""
    distinct = np.unique(frames)
    if not len(distinct):
        return []
    first, last = int(distinct[0]), int(distinct[-1])
    if last - first < NEAR * len(distinct):
        return [slice(first, last + 1)]
    breaks = np.flatnonzero(np.diff(distinct) > NEAR)
    begins = distinct[np.concatenate([[0], breaks + 1])]
    ends = distinct[np.append(breaks, len(distinct) - 1)]
    return [slice(int(begin), int(end) + 1) for begin, end in zip(begins, ends, strict=True)]
