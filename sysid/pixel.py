"""Refuse pixels that no model can be given."""

import numpy as np

from sysid.errors import SysidError

CHUNK = 1024  # frames or windows looked at at once


def check_pixels(name: str, pixels: np.ndarray, axis: str) -> None:
    """Refuse anything but finite numbers.

    Args:
        name: of the argument, for the message.
        pixels: any axes; the first is counted.
        axis: what the first axis counts, for the message.

    Raises:
        SysidError: another type than integers or floats of this machine, or a pixel that is NaN or infinite
            in single precision; the line names the first frame or window that has one.
    """
    if pixels.dtype.kind not in "uif" or not pixels.dtype.isnative or pixels.dtype.itemsize > 8:
        raise SysidError(f"{name}: expected uint8 or float pixels, got {pixels.dtype}")
    if pixels.dtype.kind != "f":
        return
    within = tuple(range(1, pixels.ndim))
    for start in range(0, len(pixels), CHUNK):
        with np.errstate(over="ignore"):  # what single precision cannot hold is refused below
            finite = np.isfinite(pixels[start : start + CHUNK].astype(np.float32)).all(axis=within)
        if not finite.all():
            raise SysidError(
                f"{name}: expected finite pixels, got NaN or infinity in {axis} {start + finite.argmin()}"
            )
