"""Lay bins of a test part side by side, so that what lies between them is seen."""

import attrs
import numpy as np
from jaxtyping import Float, Int

from sysid_analyses.nulls.shuffled_pairing import find_stretches

GAP_BINS = 1.5  # drawn between stretches, whatever lies between them


@attrs.frozen(eq=False)
class BinLayout:
    """Say where each bin is drawn.

    Attributes:
        bins: (bin,), the numbers of the bins that are drawn.
        left, width: (bin,), in seconds on the axis; stretches of adjacent bins stand apart by a fixed gap.
        begin: (stretch,), the first drawn bin of each stretch, counted among the drawn.
        time_s: (stretch,), when that bin began in its presentation.
    """

    bins: Int[np.ndarray, " bin"]
    left: Float[np.ndarray, " bin"]
    width: Float[np.ndarray, " bin"]
    begin: Int[np.ndarray, " stretch"]
    time_s: Float[np.ndarray, " stretch"]

    @property
    def gaps(self) -> Float[np.ndarray, "gap 2"]:
        """From where to where the axis has a gap, in seconds on the axis."""
        after = self.begin[1:]
        return np.stack([self.left[after - 1] + self.width[after - 1], self.left[after]], axis=1)

    def steps(self, values: Float[np.ndarray, " bin"]) -> tuple[np.ndarray, np.ndarray]:
        """Return x and y of a line that is flat within a bin and broken where there is a gap.

        Args:
            values: of the drawn bins.
        """
        x = np.stack([self.left, self.left + self.width], axis=1).ravel()
        y = np.repeat(values, 2)
        return np.insert(x, 2 * self.begin[1:], np.nan), np.insert(y, 2 * self.begin[1:], np.nan)


def lay_out(
    presentation: Int[np.ndarray, " bin"],
    frame: Int[np.ndarray, " bin"],
    bin_duration_s: Float[np.ndarray, " bin"],
    seconds: float,
) -> BinLayout:
    """Place the first bins, as many as fill so many seconds, and at least one.

    A frame's time in its presentation counts frames of the median duration.
    """
    duration = bin_duration_s.astype(np.float64)
    count = max(1, int((np.cumsum(duration) <= seconds + 1e-9).sum()))
    presentation, frame, duration = presentation[:count], frame[:count], duration[:count]
    begin, length = find_stretches(presentation, frame)
    middle_s = float(np.median(duration))
    stretch = np.repeat(np.arange(len(begin)), length)  # of each bin
    left = np.concatenate([[0.0], np.cumsum(duration)[:-1]]) + stretch * GAP_BINS * middle_s
    return BinLayout(np.arange(count), left, duration, begin, frame[begin] * middle_s)
