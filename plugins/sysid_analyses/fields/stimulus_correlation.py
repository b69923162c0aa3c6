"""Is a stimulus white? Correlations of neighbouring pixels and of successive frames."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Real

WHITE = 0.05  # independent pixels of a few hundred frames stay far below, movies and larger checks far above
PIXELS_AT_ONCE = 1 << 22


class StimulusCorrelation(NamedTuple):
    """Correlations pooled over a movie; NaN where there are no two pixels or frames that change.

    Attributes:
        space: of pixels side by side or one above the other, whichever is further from zero.
        time: of a pixel with itself one frame later.
    """

    space: float
    time: float

    @property
    def white(self) -> bool:
        """Whether a spike-triggered average needs no correction."""
        return all(abs(each) <= WHITE for each in self if not np.isnan(each))


def stimulus_correlation(stimulus: Real[np.ndarray, "frame height width"]) -> StimulusCorrelation:
    """Measure correlations of neighbours around each pixel's own mean, over all frames."""
    mean = stimulus.mean(axis=0, dtype=np.float64)
    step = max(2, PIXELS_AT_ONCE // max(1, mean.size))
    products, norms = np.zeros(3), np.zeros(3)
    for start in range(0, len(stimulus), step):
        chunk = stimulus[start : start + step + 1] - mean  # with the first frame of the next
        pairs = (
            (chunk[:step, :, :-1], chunk[:step, :, 1:]),
            (chunk[:step, :-1], chunk[:step, 1:]),
            (chunk[:-1], chunk[1:]),
        )
        for which, (one, other) in enumerate(pairs):
            products[which] += (one * other).sum()
            norms[which] += 0.5 * (np.square(one).sum() + np.square(other).sum())
    beside, above, later = np.divide(products, norms, out=np.full(3, np.nan), where=norms > 0)
    space = max((beside, above), key=lambda value: -1 if np.isnan(value) else abs(value))
    return StimulusCorrelation(float(space), float(later))
