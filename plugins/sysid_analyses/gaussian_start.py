"""Where to begin fitting Gaussians: the round one, of a few widths and at any pixel, that explains most."""

import numpy as np
from jaxtyping import Float64

SMALLEST_PX, FACTOR = 0.7, 1.6  # standard deviations that are tried: .7, 1.12, 1.79 … px
REACH = 3  # standard deviations, beyond which a Gaussian is cut off


def gaussian_starts(maps: Float64[np.ndarray, "map height width"]) -> Float64[np.ndarray, "map 7"]:
    """Return centre x, y, log widths, angle, amplitude and offset, of maps whose background is about 0.

    The widths are made unequal by ± 10 %, as a round Gaussian has no angle to improve.
    """
    count, height, width = maps.shape
    best, starts = np.full(count, -1.0), np.zeros((count, 7))
    sigma = SMALLEST_PX
    while sigma <= max(1.0, max(height, width) / 4):
        profile = _profile(sigma)
        down, right = _blur(height, profile), _blur(width, profile)
        across = (maps.reshape(count * height, width) @ right).reshape(count, height, width)
        matched = (down @ across).reshape(count, height * width)
        norm = np.square(profile).sum()  # of the filter in two dimensions: that of a profile, squared
        pixel = np.abs(matched).argmax(axis=1)
        value = matched[np.arange(count), pixel]
        gain = np.abs(value) / norm
        found = np.zeros((count, 7))
        found[:, 1], found[:, 0] = np.divmod(pixel, width)
        found[:, 2:4] = np.log([1.1 * sigma, 0.9 * sigma])
        found[:, 5] = value * profile.max() ** 2 / norm**2
        better = gain > best
        starts[better], best[better] = found[better], gain[better]
        sigma *= FACTOR
    return starts


def _profile(sigma: float) -> Float64[np.ndarray, " place"]:
    """Return a Gaussian along a line, of unit sum."""
    reach = int(REACH * sigma + 0.5)
    profile = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / sigma))
    return profile / profile.sum()


def _blur(side: int, profile: Float64[np.ndarray, " place"]) -> Float64[np.ndarray, "side side"]:
    """Return the matrix that blurs along one axis, with nothing outside the frame."""
    reach = len(profile) // 2
    away = np.subtract.outer(np.arange(side), np.arange(side))
    return np.where(np.abs(away) <= reach, profile[np.clip(away + reach, 0, 2 * reach)], 0)
