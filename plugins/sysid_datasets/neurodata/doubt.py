"""Say of stimuli what may be a mistake: the order of axes, lengths of bins, units of pixels."""

from collections.abc import Iterator, Mapping

import numpy as np

from sysid_datasets.neurodata.array_pixels import ArrayPixels
from sysid_datasets.neurodata.grouping import Repeats
from sysid_datasets.neurodata.pixel_range import find_range, tell_apart

SAME_RATE = 1.1  # times: rates that differ by no more are one, but for jitter


def find_doubts(shown: Mapping[str, Repeats]) -> Iterator[str]:
    """Yield what may be a mistake in stimuli that one model sees; a few of their frames are read.

    Args:
        shown: by stimulus, the first that it shows.

    Raises:
        SysidError: one of these frames cannot be read, after what else there is to say.
    """
    pixels = (repeats.pixels for repeats in shown.values())
    yield from dict.fromkeys(each.doubt for each in pixels if isinstance(each, ArrayPixels) and each.doubt)
    if told := _tell_rates_apart(shown):
        yield told
    if told := tell_apart({name: find_range(each.pixels, each.frame) for name, each in shown.items()}):
        yield told


def _tell_rates_apart(shown: Mapping[str, Repeats]) -> str:
    """Say where stimuli have different frame rates, as a model's lags are frames."""
    rates_hz = {name: 1 / float(np.median(repeats.bin_duration_s)) for name, repeats in shown.items()}
    if max(rates_hz.values()) <= SAME_RATE * min(rates_hz.values()):
        return ""
    each = ", ".join(f"{name} {rate_hz:.4g} Hz" for name, rate_hz in rates_hz.items())
    return (
        f"bins differ in length, {each}: a lag of one bin is not the same in all; `bin_ms` makes them equal"
    )
