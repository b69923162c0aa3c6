"""Where on an image does its brightness go with a cell's response? Receptive fields from flashed images."""

import numpy as np
from jaxtyping import Float, Real
from scipy.ndimage import gaussian_filter

BLUR_PX = 12.0  # of 256 px: about the radius of a salamander ganglion cell's field, 90 µm


def luminance_map(
    images: Real[np.ndarray, "image height width"],
    counts: Float[np.ndarray, "image neuron"],
    blur_px: float = BLUR_PX,
) -> Float[np.ndarray, "neuron height width"]:
    """Correlate each neuron's spike counts with the blurred luminance of the images at every pixel.

    A cell that adds up light over its field answers to the luminance there, so |correlation| is largest at
    the field, positive for an ON and negative for an OFF cell. Natural images are correlated over large
    distances, which makes the map wide and leaves its peak in place; no more is asked of so few images. The
    result hardly depends on the blur, which stands for the size of a field.

    Args:
        images: what was flashed.
        counts: spikes, a mean over repeats where there are several; NaN = not recorded.
        blur_px: standard deviation of a Gaussian.

    Returns:
        0 at pixels that never change; NaN for a neuron whose count never changes.
    """
    luminance = np.stack([gaussian_filter(image.astype(np.float64), blur_px) for image in images])
    maps = np.full((counts.shape[1], *images.shape[1:]), np.nan)
    patterns, pattern_of = np.unique(~np.isnan(counts), axis=1, return_inverse=True)
    for number, shown in enumerate(patterns.T):  # neurons that were recorded to the same images
        neurons = np.flatnonzero(pattern_of.reshape(-1) == number)
        if not shown.any():
            continue
        light = luminance[shown] - luminance[shown].mean(axis=0)
        rates = counts[np.ix_(shown, neurons)]
        rates = rates - rates.mean(axis=0)
        spread = np.sqrt(np.square(light).sum(axis=0))
        light /= np.where(spread > 1e-9 * spread.max(), spread, np.inf)
        norm = np.linalg.norm(rates, axis=0)
        answering = norm > 1e-9
        scaled = rates[:, answering] / norm[answering]
        maps[neurons[answering]] = np.tensordot(scaled, light, axes=(0, 0))
    return maps


def map_peaks(maps: Float[np.ndarray, "neuron height width"]) -> Float[np.ndarray, "neuron 2"]:
    """Return (x, y) of the largest |value| of each map in pixels; NaN for a map of NaN."""
    peaks = np.full((len(maps), 2), np.nan)
    for neuron, each in enumerate(maps):
        if np.isfinite(each).all():
            peaks[neuron] = np.unravel_index(np.abs(each).argmax(), each.shape)[::-1]
    return peaks


def map_reliability(
    images: Real[np.ndarray, "image height width"],
    counts: Float[np.ndarray, "repeat image neuron"],
    blur_px: float = BLUR_PX,
) -> Float[np.ndarray, " neuron"]:
    """Return the correlation of the maps from odd and from even images, over all repeats.

    Halves of the repeats would share their images, and with them whatever the images have in common by
    chance; halves of the images do not.
    """
    recorded = ~np.isnan(counts)
    count = recorded.sum(axis=0)
    mean = np.where(count > 0, np.where(recorded, counts, 0).sum(axis=0) / np.maximum(count, 1), np.nan)
    odd, even = (luminance_map(images[half::2], mean[half::2], blur_px) for half in (0, 1))
    pairs = zip(odd.reshape(len(odd), -1), even.reshape(len(even), -1), strict=True)
    return np.array([_correlate(one, other) for one, other in pairs])


def _correlate(one: Float[np.ndarray, " pixel"], other: Float[np.ndarray, " pixel"]) -> float:
    if not (np.isfinite(one).all() and np.isfinite(other).all()) or 0 in (one.std(), other.std()):
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])
