"""Check that the parts of a split have gaps between them and something left."""

import itertools

import numpy as np

from sysid.recording import PARTS, Part, Presentation, Recording
from sysid.split import Split, Window, split_bins
from sysid.testing.subject import Subject

WINDOWS = (Window(1, True), Window(2, False), Window(10, True))


def check_split(subject: Subject, session: str, recording: Recording) -> None:
    """Expect that no window of one part has a frame of another's bins, and that every part keeps bins.

    Raises:
        AssertionError: a frame is shared, or nothing is left of a part.
    """
    for presentation in recording.presentations:
        where = f"{session}/{presentation.name}"
        for window in WINDOWS:
            split = split_bins(presentation, window)
            _check_gaps(subject, where, split, window)
            if window.history == 1:
                _check_left(subject, where, presentation, split)


def _check_gaps(subject: Subject, where: str, split: Split, window: Window) -> None:
    for one, other in itertools.permutations(PARTS, 2):
        shared = np.intersect1d(_frames(split, one, window), split.bins[other])
        subject.expect(
            not len(shared),
            "splits",
            f"no frame of a {other} bin of {where} in the window of a {one} bin (history {window.history})",
            f"{len(shared)}, the first {shared[0] if len(shared) else 0}",
            "Usual mistake: the ranges of the parts overlap.",
        )


def _frames(split: Split, part: Part, window: Window) -> np.ndarray:
    """Return the numbers of all frames in the windows of a part's bins."""
    lags = np.arange(window.lead, window.reach + 1)
    return np.unique(split.bins[part][:, None] - lags)


def _check_left(subject: Subject, where: str, presentation: Presentation, split: Split) -> None:
    for part in PARTS:
        subject.expect(
            not presentation.ranges(part) or len(split.bins[part]) > 0,
            "splits",
            f"bins left for {part} in {where}",
            f"none of {sum(stop - start for start, stop in presentation.ranges(part))}",
            "Usual mistake: nothing was recorded there, or each frame lies beside one of another part.",
        )
