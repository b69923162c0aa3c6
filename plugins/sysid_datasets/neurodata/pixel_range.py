"""Look at a few frames of a stimulus: which values its pixels have, and whether two stimuli have the same."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Int64, Real

from sysid_datasets.neurodata.pixels import PixelSource
from sysid_datasets.neurodata.showing import BLANK

LOOKED_AT = 8  # frames, from the first to the last
ALIKE = 10.0  # times: stimuli whose ranges differ by more are not in the same units

Range = tuple[float, float]
"""The darkest and the brightest pixel."""


def look_at(
    pixels: PixelSource, frame: Int64[np.ndarray, " bin"]
) -> Real[np.ndarray, "frame channel height width"]:
    """Return a few frames of those that were shown.

    Args:
        pixels: of the stimulus.
        frame: number of the frame in each bin, −1 = blank; where all are, any frame of `pixels` may be meant.

    Raises:
        SysidError: a frame cannot be read.
    """
    shown = np.unique(frame[frame != BLANK])
    known = shown if len(shown) else np.arange(pixels.shape[0], dtype=np.int64)
    at = np.unique(np.linspace(0, len(known) - 1, LOOKED_AT).astype(np.int64))
    return pixels.take(known[at])


def find_range(pixels: PixelSource, frame: Int64[np.ndarray, " bin"]) -> Range:
    """Return the darkest and the brightest pixel of a few frames; arguments and errors as in `look_at`."""
    values = look_at(pixels, frame)
    return float(values.min()), float(values.max())


def tell_apart(ranges: Mapping[str, Range]) -> str:
    """Say that stimuli are not in the same units, such as noise of 0 and 1 beside a movie of bytes.

    Args:
        ranges: by stimulus.

    Returns:
        a sentence; nothing where the ranges are alike, or one is a single value, which tells of no units.
    """
    widths = [high - low for low, high in ranges.values() if high > low]
    if not widths or max(widths) <= ALIKE * min(widths):
        return ""
    each = ", ".join(f"{name} from {low:.4g} to {high:.4g}" for name, (low, high) in ranges.items())
    return (
        f"pixels are not in the same units, {each}: a model that learns one of them cannot predict another; "
        "name stimuli of one kind in `stimulus`"
    )
