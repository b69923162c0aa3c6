"""Over how many pixels the noise of a map is alike, so that it can be told how much a map knows."""

import math

import numpy as np
from jaxtyping import Float64
from scipy import fft

BLOCK_VALUES = 1 << 16  # of the spectra at once: what the processor keeps at hand


def correlation_areas(
    residuals: Float64[np.ndarray, "map height width"],
) -> Float64[np.ndarray, " map"]:
    """Return, for each map, the sum of its autocorrelations that are more than chance.

    1 for noise that is independent from pixel to pixel. A map has about pixels / area independent values;
    for smooth noise the area is rather too large than too small, as chance there is more than is assumed.
    Shifts of up to a quarter of a side are looked at.
    """
    count, *sides = residuals.shape
    reach = [max(1, side // 4) for side in sides]
    wide = [fft.next_fast_len(side + far, real=True) for side, far in zip(sides, reach, strict=True)]
    rows, columns = ([*range(-far, far + 1)] for far in reach)
    areas, size = np.ones(count), max(1, BLOCK_VALUES // math.prod(wide))
    for start in range(0, count, size):
        block = residuals[start : start + size]
        centred = block - block.mean(axis=(1, 2), keepdims=True)
        spectra = np.square(np.abs(fft.rfft2(centred, wide)))  # with room, so that borders do not meet
        products = fft.irfft2(spectra, wide)
        power = products[:, :1, :1]
        near = products[:, rows][:, :, columns] / np.where(power > 0, power, 1)
        found = np.where(near > 3 / math.sqrt(math.prod(sides)), near, 0).sum(axis=(1, 2))
        areas[start : start + size] = np.where(power[:, 0, 0] > 0, found, 1)
    return areas
