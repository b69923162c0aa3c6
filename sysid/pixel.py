"""Refuse pixels that no model can be given."""

import math

import numpy as np

from sysid.errors import SysidError
from sysid.recording import Stimulus

CHUNK_BYTES = 4 << 20  # looked at at once, in single precision


def check_pixels(name: str, pixels: Stimulus, axis: str) -> None:
    """Refuse anything but finite numbers.

    Args:
        name: of the argument, for the message.
        pixels: any axes; the first is counted. An array, or whatever reads when it is sliced.
        axis: what the first axis counts, for the message.

    Raises:
        SysidError: another type than integers or floats of this machine, or a pixel that is NaN or infinite
            in single precision; the line names the first frame or window that has one.
    """
    dtype = np.dtype(pixels.dtype)
    if dtype.kind not in "uif" or not dtype.isnative or dtype.itemsize > 8:
        raise SysidError(f"{name}: expected uint8 or float pixels, got {dtype}")
    if dtype.kind != "f":
        return
    length, *each = pixels.shape
    within = tuple(range(1, 1 + len(each)))
    chunk = max(1, CHUNK_BYTES // (4 * math.prod(each)))
    for start in range(0, length, chunk):
        with np.errstate(over="ignore"):  # what single precision cannot hold is refused below
            finite = np.isfinite(np.asarray(pixels[start : start + chunk], dtype=np.float32)).all(axis=within)
        if not finite.all():
            raise SysidError(
                f"{name}: expected finite pixels, got NaN or infinity in {axis} {start + finite.argmin()}"
            )
