"""Frames of an HDF5 dataset with time as the last axis, read when they are sliced."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import attrs
import h5py
import numpy as np

from sysid import SysidError

# what h5py raises for damaged files, found by damaging them
BROKEN_FILE = (OSError, RuntimeError, ValueError, KeyError, TypeError, SystemError, MemoryError)
SCAN_FRAMES = 256  # frames checked at once


@attrs.frozen(eq=False)
class LazyFrames:
    """View an HDF5 dataset (height, width, frame) as a stimulus (frame, 1, height, width).

    The file is opened anew for each slice: nothing stays open, and a copy in another process reads on.

    Attributes:
        path: the HDF5 file.
        dataset: the dataset's name in it.
        shape: (frame, 1, height, width).
        dtype: uint8 or float32, what slices are delivered in.
    """

    path: Path
    dataset: str
    shape: tuple[int, int, int, int]
    dtype: np.dtype

    def __getitem__(self, frames: slice) -> np.ndarray:
        """Read frames, (frame, 1, height, width); a slice as of a numpy array, but only forwards."""
        start, stop, step = frames.indices(self.shape[0])
        with open_hdf5(self.path) as file:
            values = file[self.dataset][:, :, start : max(start, stop) : step]  # height width frame
        return np.moveaxis(values, 2, 0)[:, None].astype(self.dtype, order="C")  # frame 1 height width

    def check_finite(self) -> None:
        """Read everything once.

        Raises:
            SysidError: a pixel is NaN or infinite; the line says which frame is the first.
        """
        if self.dtype == np.uint8:
            return
        for start in range(0, self.shape[0], SCAN_FRAMES):
            broken = ~np.isfinite(self[start : start + SCAN_FRAMES]).all(axis=(1, 2, 3))
            if broken.any():
                raise SysidError(
                    f"{self.path}: {self.dataset}: expected finite pixels, "
                    f"got NaN or infinity, first in frame {start + int(broken.argmax())}"
                )


@contextlib.contextmanager
def open_hdf5(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading, for the length of a `with` block.

    Raises:
        SysidError: it is none, it is cut short, or what is read from it within the block is damaged.
    """
    try:
        with h5py.File(path, "r") as file:
            yield file
    except BROKEN_FILE as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise SysidError(f"{path}: expected an HDF5 file, got {why}") from error
