"""When each frame was shown, and where the movie pauses."""

import itertools
from pathlib import Path
from typing import Literal

import attrs
import numpy as np
from jaxtyping import Float64

from sysid import SysidError
from sysid_spike_csv.table import read_table


@attrs.frozen(eq=False)
class Stretch:
    """Frames that were shown without a pause.

    Attributes:
        start: number of its first frame.
        edges_s: (frame + 1,), bin k lasts from edge k up to edge k + 1.
    """

    start: int
    edges_s: Float64[np.ndarray, " edge"]

    @property
    def stop(self) -> int:
        """Number of the frame after its last."""
        return self.start + len(self.edges_s) - 1


def regular_onsets(frames: int, frame_rate_hz: float, start_s: float) -> Float64[np.ndarray, " frame"]:
    """Return onsets at a constant rate."""
    return start_s + np.arange(frames) / frame_rate_hz


def read_onsets(path: Path, frames: int) -> Float64[np.ndarray, " frame"]:
    """Return the column `onset_s` of a table, one row a frame.

    Raises:
        SysidError: there are more or fewer rows than frames, or they do not increase.
    """
    column = read_table(path, ("onset_s",))["onset_s"]
    onsets = column.seconds()
    if len(onsets) != frames:
        raise SysidError(f"{path}: expected {frames} rows, one for each frame, got {len(onsets)}")
    late = np.flatnonzero(np.diff(onsets) <= 0)
    if len(late):
        row = int(late[0]) + 1
        raise SysidError(
            f"{column.where(row)}: expected a time after {onsets[row - 1]:g} s, the frame before, "
            f"got {onsets[row]:g}"
        )
    return onsets


def divide(
    onsets_s: Float64[np.ndarray, " frame"], longest_frame: float, gap: Literal["refuse", "split"], where: str
) -> tuple[Stretch, ...]:
    """Return the stretches between pauses; the last frame of each lasts the median interval.

    Args:
        onsets_s: increasing.
        longest_frame: in median intervals; what is longer is a pause, what is shorter a dropped frame.
        gap: whether a pause is a mistake.
        where: the onsets come from, for the message.

    Raises:
        SysidError: one frame alone, or a pause that is a mistake.
    """
    intervals = np.diff(onsets_s)
    if not len(intervals):
        raise SysidError(f"{where}: expected at least 2 frames, got {len(onsets_s)}")
    median = float(np.median(intervals))
    pauses = np.flatnonzero(intervals > longest_frame * median) + 1  # the first frame after each
    if len(pauses) and gap == "refuse":
        frame = int(pauses[0])
        raise SysidError(
            f"{where}: expected a frame every {median:.4g} s, got a gap of {intervals[frame - 1]:.4g} s "
            f'before frame {frame + 1}; with gap = "split" a presentation begins after each of {len(pauses)} '
            "gap(s)"
        )
    bounds = [0, *pauses.tolist(), len(onsets_s)]
    return tuple(
        Stretch(start, np.append(onsets_s[start:stop], onsets_s[stop - 1] + median))
        for start, stop in itertools.pairwise(bounds)
    )
