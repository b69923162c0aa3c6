"""Where in the features each neuron's window lies."""

import numpy as np
from scipy.ndimage import gaussian_filter

from sysid import Population

SMOOTHING_PX = 1.0  # sd of the blur that keeps one noisy pixel of an STA from passing for its centre


def window_corners(population: Population, feature_size: tuple[int, int], window_px: int) -> np.ndarray:
    """Return the first row and column of each neuron's window in the features, (neuron, 2), integers.

    The window is centred as nearly as whole pixels allow on the neuron's receptive field, and moved inward
    where it would reach over the border. A valid convolution trims both sides alike, so
    feature pixel = stimulus pixel − (frame − feature size)/2.
    """
    room = np.array(feature_size) - window_px
    if not room.any():
        return np.zeros((population.count, 2), dtype=np.int64)
    centres = _centres(population)[:, ::-1]  # x, y → row, column
    trimmed = (np.array(population.frame_size) - np.array(feature_size)) / 2
    first = np.floor(centres - trimmed - (window_px - 1) / 2 + 0.5)
    return np.clip(first, 0, room).astype(np.int64)


def _centres(population: Population) -> np.ndarray:
    """Return centres (neuron, 2), x and y: the recording's, else the STA's, else the middle of the frame."""
    centres = np.array(population.centres, dtype=np.float64)
    unknown = ~np.isfinite(centres).all(axis=1)
    if unknown.any():
        centres[unknown] = sta_centres(population.sta()[..., unknown])
    height, width = population.frame_size
    return np.where(np.isfinite(centres), centres, [(width - 1) / 2, (height - 1) / 2])


def sta_centres(sta: np.ndarray) -> np.ndarray:
    """Return x and y of the pixel where each spike-triggered average has the most energy.

    `sta` is (lag, channel, height, width, neuron). Each lag's spatial median is taken off, so that a bright
    or dark whole frame is no receptive field, each map is blurred, and squares are summed over lags and
    channels. A neuron with nothing in its STA (silent, or NaN) gets NaN. Returns (neuron, 2).
    """
    maps = np.nan_to_num(np.asarray(sta, dtype=np.float64))
    contrast = maps - np.median(maps, axis=(2, 3), keepdims=True)
    blurred = gaussian_filter(contrast, SMOOTHING_PX, axes=(2, 3), mode="constant")
    energy = np.square(blurred).sum(axis=(0, 1))  # height width neuron
    height, width, neurons = energy.shape
    row, column = np.unravel_index(energy.reshape(height * width, neurons).argmax(axis=0), (height, width))
    centres = np.stack([column, row], axis=1).astype(np.float64)
    centres[energy.max(axis=(0, 1)) == 0] = np.nan
    return centres
