"""A movie in a `.npy` file, read piece by piece."""

import mmap
import sys
from pathlib import Path

import attrs
import numpy as np
from jaxtyping import Float, UInt8

from sysid.errors import SysidError
from sysid.npy_file import open_npy


@attrs.frozen(eq=False)
class StimulusFile:
    """A movie of the right frame size that stays on disk; of a path that is replaced it reads the old file.

    Attributes:
        path: of the file.
        frames: how many it has.
    """

    path: Path
    frames: int
    _pixels: np.ndarray
    _map: mmap.mmap

    def read(
        self, start: int, stop: int
    ) -> Float[np.ndarray, "frame channel height width"] | UInt8[np.ndarray, "frame channel height width"]:
        """Read consecutive frames, as uint8 or float32.

        Raises:
            SysidError: a pixel is NaN or infinite; the line names the frame.
        """
        dtype = np.uint8 if self._pixels.dtype == np.uint8 else np.float32
        with np.errstate(over="ignore"):  # what float32 cannot hold is refused below
            pixels = np.array(self._pixels[start:stop], dtype=dtype)
        if sys.platform != "win32":
            self._map.madvise(mmap.MADV_DONTNEED)  # or a long movie would be in memory whole in the end
        finite = np.isfinite(pixels).all(axis=(1, 2, 3))
        if not finite.all():
            raise SysidError(
                f"{self.path}: expected finite pixels, got NaN or infinity in frame {start + finite.argmin()}"
            )
        return pixels


def open_stimulus(path: Path, frame_shape: tuple[int, int, int]) -> StimulusFile:
    """Open (frame, height, width) or (frame, channel, height, width), uint8 or float; nothing is read yet.

    Args:
        path: of the file; no pickle in it is read.
        frame_shape: (channel, height, width) that is wanted; the channel axis may be absent where it is one.

    Raises:
        SysidError: no such file, not a `.npy` file, or another shape or type.
    """
    pixels = open_npy(path, "a movie")
    channels, height, width = frame_shape
    stored, mapped = pixels.shape, pixels.base
    if pixels.ndim == 3 and channels == 1:
        pixels = pixels[:, None]  # frame 1 height width
    if pixels.ndim != 4 or pixels.shape[1:] != frame_shape:
        short = f"(frame, {height}, {width}) or " if channels == 1 else ""
        raise SysidError(
            f"{path}: expected shape {short}(frame, {channels}, {height}, {width}), got {stored}"
        )
    if pixels.dtype != np.uint8 and pixels.dtype.kind != "f":
        raise SysidError(f"{path}: expected uint8 or float pixels, got {pixels.dtype}")
    return StimulusFile(path, len(pixels), pixels, mapped)
