"""Find the showings that repeat one another: they become the repeats of one presentation."""

from collections.abc import Iterable

import attrs
import numpy as np
from jaxtyping import Float64, Int64

from sysid_datasets.neurodata.clock import subdivide
from sysid_datasets.neurodata.pixels import PixelSource
from sysid_datasets.neurodata.showing import BLANK, Showing


@attrs.frozen(eq=False)
class Repeats:
    """Hold the showings of one sequence of frames.

    Attributes:
        name: unique within the recording.
        source: name of the series or table that says when they were shown.
        identity: what is shown; other `Repeats` have it too where a showing lacks frames of the others.
        is_image: whether each frame stands for itself, rather than for a moment of a movie.
        pixels: of the frames.
        frame: number of each bin's frame in `pixels`, −1 = blank.
        edges_s: where the bins begin and end on the clock of the file, one row per repeat.
    """

    name: str
    source: str
    identity: str
    is_image: bool
    pixels: PixelSource
    frame: Int64[np.ndarray, " bin"]
    edges_s: Float64[np.ndarray, "repeat edge"]

    @property
    def count(self) -> int:
        """How many repeats there are."""
        return len(self.edges_s)

    @property
    def is_blank(self) -> bool:
        """Whether nothing but a grey screen was shown."""
        return bool((self.frame == BLANK).all())

    @property
    def bin_duration_s(self) -> Float64[np.ndarray, " bin"]:
        """How long each bin lasted, averaged over the repeats."""
        return np.diff(self.edges_s, axis=1).mean(axis=0)

    @property
    def jitter_s(self) -> float:
        """By how much a bin of one repeat was longer than the same bin of another, at most."""
        return float(np.ptp(np.diff(self.edges_s, axis=1), axis=0).max())


def group_repeats(showings: Iterable[Showing], bin_s: float | None) -> tuple[Repeats, ...]:
    """Return what was shown, in the order of its first onset; showings of the same frames are one entry.

    Args:
        showings: those that count.
        bin_s: divide the frames into bins of this length; None = one bin per frame.
    """
    groups: dict[tuple[str, str, bytes], list[Showing]] = {}
    for showing in sorted(showings, key=lambda each: each.start_s):
        groups.setdefault((showing.source, showing.identity, showing.frame.tobytes()), []).append(showing)
    identities = [identity for _, identity, _ in groups]
    repeats: dict[str, Repeats] = {}
    for (source, identity, _), alike in groups.items():
        name = identity if identities.count(identity) == 1 else alike[0].name
        if name in repeats:  # another table calls something so too
            name = f"{source}/{name}"
        repeats[name] = _join(name, alike, bin_s)
    return tuple(repeats.values())


def _join(name: str, alike: list[Showing], bin_s: float | None) -> Repeats:
    first = alike[0]
    frame, edges_s = first.frame, np.stack([each.edges_s for each in alike])  # repeat edge
    if bin_s is not None:
        frame, edges_s = _divide(frame, edges_s, bin_s)
    return Repeats(name, first.source, first.identity, first.kind == "image", first.pixels, frame, edges_s)


def _divide(
    frame: Int64[np.ndarray, " frame"], edges_s: Float64[np.ndarray, "repeat frame_edge"], bin_s: float
) -> tuple[Int64[np.ndarray, " bin"], Float64[np.ndarray, "repeat edge"]]:
    """Divide frames into bins that hold the same frames in every repeat.

    The clocks of repeats differ by fractions of a frame. So the bins are laid out on their mean clock, and
    each repeat has them where its own frames were: a bin edge half way through frame 7 is so in each.
    """
    onset_s = edges_s[:, :1]
    mean_s = (edges_s - onset_s).mean(axis=0)
    common_s, frame_of_bin = subdivide(mean_s, bin_s)
    own_s = [np.interp(common_s, mean_s, row) for row in edges_s - onset_s]
    return frame[frame_of_bin], np.stack(own_s) + onset_s
