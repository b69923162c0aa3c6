"""Which bins each part of a split may use, so that no part sees another's frames."""

import attrs
import numpy as np

from sysid.recording import PARTS, Part, Presentation


@attrs.frozen
class Window:
    """Say which frames predict a bin: frames `bin − reach` to `bin − lead`, both included.

    Attributes:
        history: how many frames.
        include_current: whether the newest is the bin's own frame (lead 0) or the one before it (lead 1).
    """

    history: int
    include_current: bool

    @property
    def lead(self) -> int:
        """How many frames the newest frame lies before the bin."""
        return 0 if self.include_current else 1

    @property
    def reach(self) -> int:
        """How many frames the oldest frame lies before the bin."""
        return self.history - 1 + self.lead


@attrs.frozen(eq=False)
class Split:
    """The bins of one presentation by part, and how many were dropped.

    Attributes:
        bins: part → (bin,), increasing frame numbers.
        dropped_for_history: part → bins whose window would start before the presentation.
        dropped_for_leakage: part → bins that share frames with another part.
    """

    bins: dict[Part, np.ndarray]
    dropped_for_history: dict[Part, int]
    dropped_for_leakage: dict[Part, int]


def split_bins(presentation: Presentation, window: Window) -> Split:
    """Return the bins of each part that have a whole window and share no frame with another part.

    A test bin is never dropped for leakage. A validation bin is dropped if its window contains the frame of
    a test bin, or its own frame is in a test window; a training bin likewise against test and against the
    validation bins that are left. Then no frame of a training window is in a validation or test window.
    Bins at which no neuron was recorded are not response bins.
    """
    frames = presentation.frames
    recorded = ~np.isnan(presentation.responses).all(axis=(0, 2))
    asked = {part: _mark(presentation.ranges(part), frames) & recorded for part in PARTS}
    whole = np.arange(frames) >= window.reach
    history = {part: int((asked[part] & ~whole).sum()) for part in PARTS}
    kept: dict[Part, np.ndarray] = {"test": asked["test"] & whole}
    own, seen = kept["test"].copy(), _in_windows(kept["test"], window)
    # the frame of a test bin without a whole window is still a test frame
    own |= asked["test"]
    leakage: dict[Part, int] = {"test": 0}
    order: tuple[Part, ...] = ("validation", "train")
    for part in order:
        candidates = asked[part] & whole
        leaks = seen | _window_contains(own, window)
        kept[part] = candidates & ~leaks
        leakage[part] = int((candidates & leaks).sum())
        own |= kept[part]
        seen |= _in_windows(kept[part], window)
    return Split({part: np.flatnonzero(kept[part]) for part in PARTS}, history, leakage)


def _mark(ranges: tuple[tuple[int, int], ...], frames: int) -> np.ndarray:
    marked = np.zeros(frames, dtype=bool)
    for start, stop in ranges:
        marked[start:stop] = True
    return marked


def _in_windows(bins: np.ndarray, window: Window) -> np.ndarray:
    """Mark the frames that are in the window of any marked bin."""
    steps = np.zeros(len(bins) + 1, dtype=np.int64)
    at = np.flatnonzero(bins)
    np.add.at(steps, np.maximum(at - window.reach, 0), 1)
    np.add.at(steps, np.maximum(at - window.lead + 1, 0), -1)
    return np.cumsum(steps[:-1]) > 0


def _window_contains(frames: np.ndarray, window: Window) -> np.ndarray:
    """Mark the bins whose window contains any marked frame."""
    before = np.concatenate([[0], np.cumsum(frames)])
    at = np.arange(len(frames))
    stop = np.maximum(at - window.lead + 1, 0)
    start = np.maximum(at - window.reach, 0)
    return before[stop] > before[start]
