"""Frames in one array of a file: HDF5 or .npy."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import h5py
import numpy as np
from jaxtyping import Int64

from sysid import SysidError, open_npy
from sysid_datasets.neurodata.axis_order import Order
from sysid_datasets.neurodata.library_error import READ_ERRORS
from sysid_datasets.neurodata.opening import shorten
from sysid_datasets.neurodata.pixels import delivered_dtype, runs_of

COLOURS = (3, 4)  # channels of a last axis of colour


@attrs.frozen(eq=False)
class ArrayPixels:
    """Read frames of an array (frame, height, width), (frame, width, height), or with a last axis of colour.

    The file is opened anew for each reading: nothing stays open, and a copy in another process reads on.

    Attributes:
        path: the file, .npy or HDF5.
        dataset: its name in an HDF5 file.
        order: of the stored axes.
        stored: shape as stored.
        dtype: what is delivered, uint8 or float32.
        place: file and path in it, for messages.
        scale: what stored values are multiplied by.
        offset: what is added then.
        doubt: what speaks against their order; nothing where nothing does.
    """

    path: Path
    dataset: str
    order: Order
    stored: tuple[int, ...]
    dtype: np.dtype[Any]
    place: str
    scale: float = 1.0
    offset: float = 0.0
    doubt: str = ""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(frame, channel, height, width)."""
        frames, first, second = self.stored[:3]
        height, width = (first, second) if self.order == "tyx" else (second, first)
        return frames, self.stored[3] if len(self.stored) == 4 else 1, height, width

    @property
    def files(self) -> tuple[Path, ...]:
        """What they are read from."""
        return (self.path,)

    def take(self, frames: Int64[np.ndarray, " n"]) -> np.ndarray:
        """Read frames in the given order, (n, channel, height, width)."""
        check_numbers(frames, self.shape[0], self.place)
        taken = empty_frames((len(frames), *self.shape[1:]), self.dtype, self.place)
        with self._open() as stored:
            for run in runs_of(frames):
                pixels = self._arrange(np.asarray(stored[run]))
                here = (frames >= run.start) & (frames < run.stop)
                taken[here] = pixels[frames[here] - run.start]
        check_finite(taken, frames, self.place)
        return taken

    def _arrange(self, stored: np.ndarray) -> np.ndarray:
        """Return stored frames as (frame, channel, height, width), in their unit."""
        pixels = stored[..., None] if stored.ndim == 3 else stored
        if (self.scale, self.offset) != (1, 0):
            pixels = pixels.astype(np.float64) * self.scale + self.offset
        axes = (0, 3, 1, 2) if self.order == "tyx" else (0, 3, 2, 1)
        return pixels.transpose(axes)

    @contextlib.contextmanager
    def _open(self) -> Iterator[Any]:
        try:
            if self.path.suffix.lower() == ".npy":
                yield open_npy(self.path, "frames")
            else:
                with h5py.File(self.path, "r") as file:
                    yield file[self.dataset]
        except READ_ERRORS as error:
            raise SysidError(
                f"{self.place}: expected frames that can be read, got {shorten(error)}"
            ) from error


def empty_frames(shape: tuple[int, ...], dtype: np.dtype[Any], place: str) -> np.ndarray:
    """Return room for frames of a source.

    Raises:
        SysidError: there is not so much memory.
    """
    try:
        return np.empty(shape, dtype=dtype)
    except (MemoryError, ValueError) as error:
        raise SysidError(f"{place}: expected frames that fit in memory, got {shorten(error)}") from error


def check_array(shape: tuple[int, ...], dtype: np.dtype[Any], place: str) -> None:
    """Refuse an array that holds no frames.

    Raises:
        SysidError: other axes than (frame, height, width) with or without colour, no frames, or no numbers.
    """
    is_movie = len(shape) == 3 or (len(shape) == 4 and shape[3] in (1, *COLOURS))
    if not is_movie or 0 in shape:
        raise SysidError(
            f"{place}: expected frames (frame, height, width) or (frame, height, width, colour), got shape "
            f"{shape}"
        )
    if dtype.kind not in "buif":
        raise SysidError(f"{place}: expected pixels as numbers, got {dtype}")


def make_array_pixels(
    path: Path,
    dataset: str,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    order: Order,
    place: str,
    *,
    scale: float = 1.0,
    offset: float = 0.0,
    doubt: str = "",
) -> ArrayPixels:
    """Return the frames of an array that was found to hold some; those that are scaled are float32."""
    check_array(shape, dtype, place)
    delivered = delivered_dtype(dtype) if (scale, offset) == (1, 0) else np.dtype(np.float32)
    return ArrayPixels(path, dataset, order, tuple(shape), delivered, place, scale, offset, doubt)


def check_numbers(frames: Int64[np.ndarray, " n"], count: int, place: str) -> None:
    """Refuse frames that are not there.

    Raises:
        SysidError: a number below zero, or of a frame after the last.
    """
    if len(frames) and (frames.min() < 0 or frames.max() >= count):
        wrong = int(frames.min() if frames.min() < 0 else frames.max())
        raise SysidError(f"{place}: expected frame numbers from 0 to {count - 1}, got {wrong}")


def check_finite(pixels: np.ndarray, frames: Int64[np.ndarray, " n"], place: str) -> None:
    """Refuse pixels that are NaN or infinite; the line says in which frame."""
    if pixels.dtype == np.uint8:
        return
    broken = ~np.isfinite(pixels).all(axis=(1, 2, 3))
    if broken.any():
        raise SysidError(
            f"{place}: expected finite pixels, got NaN or infinity in {int(broken.sum())} frames, the first "
            f"{int(frames[broken].min())}"
        )
