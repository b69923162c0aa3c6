"""One uninterrupted stretch of stimulus, as it was on the screen."""

from typing import Literal

import attrs
import numpy as np
from jaxtyping import Float64, Int64

from sysid_datasets.neurodata.pixels import PixelSource

BLANK = -1  # number of no frame: the screen was grey

IMAGE_S = 0.1  # pictures that stay as long as this, in no order, are looked at one by one
CONSECUTIVE = 0.8  # share of steps by one, or none, from which on frames are a movie


@attrs.frozen(eq=False)
class Showing:
    """Say what was shown when.

    Attributes:
        name: unique.
        source: name of the series or table that says so.
        identity: what is shown; repeats share it.
        repeat: how often it was shown before.
        pixels: of the frames.
        frame: number in `pixels` of each bin's frame, −1 = blank.
        edges_s: bin k lasts from edge k to edge k + 1, on the clock of the file.
        kind: a movie has a history, an image stands for itself.
        aborted: whether it was broken off.
    """

    name: str
    source: str
    identity: str
    repeat: int
    pixels: PixelSource
    frame: Int64[np.ndarray, " bin"]
    edges_s: Float64[np.ndarray, " edge"]
    kind: Literal["movie", "image"] = "movie"
    aborted: bool = False

    @property
    def start_s(self) -> float:
        """When it began."""
        return float(self.edges_s[0])

    @property
    def stop_s(self) -> float:
        """When it ended."""
        return float(self.edges_s[-1])


def number_repeats(showings: list[Showing]) -> list[Showing]:
    """Return showings in order of time, with repeats counted and names `identity` or `identity/2`."""
    ordered = sorted(showings, key=lambda each: each.start_s)
    counts: dict[str, int] = {}
    totals: dict[str, int] = {}
    for each in ordered:
        totals[each.identity] = totals.get(each.identity, 0) + 1
    numbered = []
    for each in ordered:
        repeat = counts.get(each.identity, 0)
        counts[each.identity] = repeat + 1
        name = each.identity if totals[each.identity] == 1 else f"{each.identity}/{repeat + 1}"
        numbered.append(attrs.evolve(each, repeat=repeat, name=name))
    return numbered


def is_sequence(frame: Int64[np.ndarray, " bin"], duration_s: Float64[np.ndarray, " bin"]) -> bool:
    """Say whether frames are a movie: most follow one another, or they change too fast for images."""
    shown = frame[frame != BLANK]
    if len(shown) < 2:
        return False
    steps = np.diff(shown)
    return bool(np.mean((steps == 0) | (steps == 1)) >= CONSECUTIVE or np.median(duration_s) < IMAGE_S)
