"""Frames as PNG files, opened when they are sliced."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import attrs
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from sysid import SysidError
from sysid_spike_csv.natural_order import natural_order

CHANNELS = {"L": 1, "RGB": 3}
"""By Pillow's name of a picture's mode: grey, and red, green, blue, of 8 bits each."""


@attrs.frozen(eq=False)
class LazyFrames:
    """View picture files as a stimulus (frame, channel, height, width).

    Attributes:
        files: in the order shown.
        shape: (frame, channel, height, width).
    """

    files: tuple[Path, ...]
    shape: tuple[int, int, int, int]

    @property
    def dtype(self) -> np.dtype:
        """uint8."""
        return np.dtype(np.uint8)

    def __getitem__(self, frames: slice) -> UInt8[np.ndarray, "frame channel height width"]:
        """Read consecutive frames."""
        chosen = self.files[frames]
        pixels = np.empty((len(chosen), *self.shape[1:]), dtype=np.uint8)
        for number, file in enumerate(chosen):
            with _opened(file) as picture:
                values = np.asarray(picture)  # height width [channel]
            pixels[number] = values.reshape(*values.shape[:2], -1).transpose(2, 0, 1)  # channel height width
        return pixels


def find_frames(folder: Path) -> LazyFrames:
    """Find the PNG files of a folder, in natural order, and look at the size of each.

    Raises:
        SysidError: there are none, or they are no pictures of one size and kind.
    """
    if not folder.is_dir():
        raise SysidError(f"{folder}: expected a folder of PNG files, got a file")
    files = tuple(sorted(folder.glob("*.png"), key=lambda file: natural_order(file.name)))
    if not files:
        raise SysidError(f"{folder}: expected frames as PNG files, found none")
    first = _measure(files[0])
    for file in files[1:]:
        if (found := _measure(file)) != first:
            raise SysidError(
                f"{file}: expected (channel, height, width) {first} as in {files[0].name}, got {found}"
            )
    return LazyFrames(files, (len(files), *first))


def _measure(file: Path) -> tuple[int, int, int]:
    """Return (channel, height, width), which the first bytes of a file say."""
    with _opened(file) as picture:
        if picture.mode not in CHANNELS:
            raise SysidError(f'{file}: expected grey or RGB of 8 bits, got Pillow\'s mode "{picture.mode}"')
        return CHANNELS[picture.mode], picture.height, picture.width


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[Image.Image]:
    """Open a picture for a `with` block, in which its pixels are read."""
    try:
        with Image.open(file) as picture:
            yield picture
    except OSError as error:
        raise SysidError(f"{file}: expected a picture, got {' '.join(str(error).split())}") from error
