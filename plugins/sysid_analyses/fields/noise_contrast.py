"""How strong the noise is that a model is shown: as what it was trained on, or as the paper's."""

from typing import Literal

import numpy as np

from sysid import Run
from sysid_analyses.training_frame import training_frames

Contrast = Literal["training", "paper"]
HALF = 0.5  # Zheng et al. 2021


def noise_level(run: Run, contrast: Contrast) -> tuple[float, float]:
    """Return the mean and the amplitude of binary noise in the unit of the stored stimulus of one channel.

    "training": mean and standard deviation of the training pixels. "paper": ±½ in the unit of what the
    network's first layer sees, which is a standard deviation around the mean where the run standardises
    pixels, and the stored unit around 0 where it does not.

    Raises:
        DataNotFoundError: the training pixels are asked for of a run that does not standardise, and its
            recording is not on this machine.
    """
    statistics = run.model.standardization  # 0 and 1 where the run does not standardise
    mean, sd = float(statistics.mean), float(statistics.sd)
    if contrast == "paper":
        return mean, HALF * sd
    return (mean, sd) if run.samples.standardize else _training_pixels(run)


def _training_pixels(run: Run) -> tuple[float, float]:
    """Return mean and standard deviation of the frames on screen in the training bins."""
    count, total, squares = 0, 0.0, 0.0
    for pixels in training_frames(run):
        count, total = count + pixels.size, total + pixels.sum()
        squares += np.square(pixels).sum()
    mean = total / max(count, 1)
    return mean, float(np.sqrt(max(squares / max(count, 1) - mean**2, 0))) or 1.0
