"""The grey of a blank screen: in the middle of what a stimulus really uses."""

from typing import Literal

import attrs
import numpy as np
from jaxtyping import Int64

from sysid_datasets.neurodata.pixel_range import look_at
from sysid_datasets.neurodata.pixels import PixelSource

BYTE_GREY = 127.0  # half of 255, as a byte
MOST_LEVELS = 3  # black, white and grey: what has more is no noise of few values
COARSE = 50  # levels: of fewer between black and white, half a level is more than 1 %


@attrs.frozen
class Grey:
    """Hold what a blank screen is taken to have had.

    Attributes:
        value: in every pixel; not whole only where pixels have to be delivered as float32 for it.
        why: how it was found.
    """

    value: float
    why: Literal["middle of range", "bytes", "mean"]


def find_grey(pixels: PixelSource, frame: Int64[np.ndarray, " bin"]) -> Grey:
    """Return the grey of a stimulus by a look at a few of its frames.

    Noise of two or three values is grey in the middle of these: 0.5 between 0 and 1, which is no byte. Bytes
    of more values are grey at 127, other pixels at the mean of the frames that were looked at.

    Args:
        pixels: of the stimulus.
        frame: number of the frame in each bin, −1 = blank; where all are, any frame of `pixels` may be meant.

    Raises:
        SysidError: a frame cannot be read.
    """
    values = look_at(pixels, frame)
    low, high = float(values.min()), float(values.max())
    is_byte = pixels.dtype == np.uint8
    if low < high and len(np.unique(values)) <= MOST_LEVELS:
        middle = (low + high) / 2
        return Grey(float(int(middle)) if is_byte and high - low >= COARSE else middle, "middle of range")
    if is_byte:
        return Grey(BYTE_GREY, "bytes")
    return Grey(float(values.mean(dtype=np.float64)), "mean")
