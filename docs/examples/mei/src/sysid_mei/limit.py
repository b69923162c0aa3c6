"""What a synthetic stimulus may be: as strong as those of the recording, with the same range of pixels."""

import attrs
import numpy as np
from jaxtyping import Float

ROUNDS = 5  # of scaling and clipping: each brings the norm nearer, the last never beyond it


@attrs.frozen
class Limits:
    """Bound windows (window, time, channel, height, width).

    Attributes:
        grey: the pixel that deviations are counted from.
        norm: Euclidean norm of a window's deviations, over all of its pixels.
        lowest, highest: pixel.
    """

    grey: float
    norm: float
    lowest: float
    highest: float

    def apply(
        self, windows: Float[np.ndarray, "window time channel height width"]
    ) -> Float[np.ndarray, "window time channel height width"]:
        """Bring windows to the norm, or as near as the range of pixels lets them; never beyond either."""
        deviation = windows - self.grey
        for _ in range(ROUNDS):
            size = window_norm(deviation)
            deviation = deviation * np.where(size > 0, self.norm / np.where(size > 0, size, 1), 0)
            deviation = deviation.clip(self.lowest - self.grey, self.highest - self.grey)
        return (self.grey + deviation).astype(np.float32)


def window_norm(
    deviation: Float[np.ndarray, "window time channel height width"],
) -> Float[np.ndarray, "window 1 1 1 1"]:
    """Return the Euclidean norm of every window."""
    return np.sqrt(np.square(deviation, dtype=np.float64).sum(axis=(1, 2, 3, 4), keepdims=True))


def measure_limits(windows: Float[np.ndarray, "window time channel height width"], contrast: float) -> Limits:
    """Return the mean pixel and the range of some windows, and `contrast` times their mean norm."""
    grey = float(windows.mean(dtype=np.float64))
    norm = contrast * float(window_norm(windows - grey).mean())
    return Limits(grey, norm, float(windows.min()), float(windows.max()))
