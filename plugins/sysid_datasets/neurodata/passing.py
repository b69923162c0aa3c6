"""Cut rows of frame numbers into passes through a movie, or into single images."""

from collections.abc import Iterator
from itertools import pairwise

import attrs
import numpy as np
from jaxtyping import Bool, Float64, Int64

from sysid_datasets.neurodata.pass_identity import identify_ranges, identify_sequences
from sysid_datasets.neurodata.pixels import PixelSource
from sysid_datasets.neurodata.recurrence import find_recurrences
from sysid_datasets.neurodata.showing import BLANK, CONSECUTIVE, Showing, is_sequence, number_repeats

PAUSE_INTERVALS = 5  # times the median interval
PAUSE_S = 1.0


@attrs.frozen(eq=False)
class Rows:
    """Hold when which frame was shown, in order of time.

    Attributes:
        start_s, stop_s: of each row.
        frame: its number, −1 = blank.
        broken: whether the row says that what it belongs to was broken off.
        label: what differs between repeats, where something says so.
    """

    start_s: Float64[np.ndarray, " row"]
    stop_s: Float64[np.ndarray, " row"]
    frame: Int64[np.ndarray, " row"]
    broken: Bool[np.ndarray, " row"]
    label: np.ndarray | None = None

    def part(self, chosen: np.ndarray | slice) -> "Rows":
        """Return some of the rows."""
        label = None if self.label is None else self.label[chosen]
        return Rows(self.start_s[chosen], self.stop_s[chosen], self.frame[chosen], self.broken[chosen], label)

    @property
    def edges_s(self) -> Float64[np.ndarray, " edge"]:
        """Each row lasts until the next begins, the last until its own stop."""
        return np.append(self.start_s, self.stop_s[-1])


def cut_showings(name: str, source: str, pixels: PixelSource, rows: Rows) -> list[Showing]:
    """Return what rows show: passes through a movie, or images one by one.

    Rows are images if they stay a tenth of a second or more and their numbers jump about. Otherwise they are
    a movie, cut where there is a pause, where a label changes, and where the numbers start again. A pass that
    is only a part of another was broken off.

    Args:
        name: of what is shown.
        source: the series or table.
        pixels: of the frames.
        rows: in order of time.
    """
    if not is_sequence(rows.frame, rows.stop_s - rows.start_s):
        return number_repeats(list(_cut_images(name, source, pixels, rows)))
    steps = np.diff(rows.frame[rows.frame != BLANK])
    follows = bool(np.mean((steps == 0) | (steps == 1)) >= CONSECUTIVE)
    borders = _find_borders(rows) if follows else np.empty(0, dtype=np.int64)
    trimmed = (_trim(each) for run in _cut_pauses(rows) for each in _cut_passes(run, follows, borders))
    passes = [each for each in trimmed if each is not None]
    identify = identify_ranges if follows else identify_sequences
    showings = [
        Showing(
            name="",
            source=source,
            identity=identity,
            repeat=0,
            pixels=pixels,
            frame=each.frame,
            edges_s=each.edges_s,
            aborted=is_part or bool(each.broken.any()),
        )
        for each, (identity, is_part) in zip(
            passes, identify([each.frame for each in passes], name), strict=True
        )
    ]
    return number_repeats(showings)


def find_pauses(
    start_s: Float64[np.ndarray, " row"], stop_s: Float64[np.ndarray, " row"]
) -> Int64[np.ndarray, " pause"]:
    """Return the numbers of the rows that come after a pause, which is no long frame."""
    if len(start_s) < 2:
        return np.empty(0, dtype=np.int64)
    gap_s = start_s[1:] - stop_s[:-1]
    limit_s = max(PAUSE_S, PAUSE_INTERVALS * float(np.median(np.diff(start_s))))
    return np.flatnonzero(gap_s > limit_s) + 1


def _cut_pauses(rows: Rows) -> Iterator[Rows]:
    bounds = [0, *find_pauses(rows.start_s, rows.stop_s).tolist(), len(rows.frame)]
    for begin, end in pairwise(bounds):
        yield rows.part(slice(begin, end))


def _find_borders(rows: Rows) -> Int64[np.ndarray, " border"]:
    """Return the frames at which something else begins: those before and after a leap forward.

    One bank of frames often holds several movies, such as noise that comes once and noise that comes again
    and again. A movie that drops frames, or is taken up again, does not leap; the next movie of a bank does.
    """
    shown = rows.frame != BLANK
    frame = rows.frame[shown]
    if len(frame) < 2:
        return np.empty(0, dtype=np.int64)
    steps, interval_s = np.diff(frame), float(np.median(np.diff(rows.start_s)))
    leaps = np.flatnonzero(steps > max(PAUSE_INTERVALS, PAUSE_S / interval_s))
    return np.unique(np.concatenate([frame[leaps] + 1, frame[leaps + 1]]))


def _cut_passes(rows: Rows, follows: bool, borders: Int64[np.ndarray, " border"]) -> Iterator[Rows]:
    """Yield the passes of rows without a pause.

    A movie starts again where its numbers step back, and another begins at a border.
    """
    begins = np.zeros(len(rows.frame), dtype=bool)
    begins[0] = True
    if rows.label is not None:
        changes = rows.label[1:] != rows.label[:-1]
        if 2 * changes.sum() <= len(changes):  # a label of every single row says nothing of repeats
            begins[1:] |= changes
    if follows:
        shown = np.flatnonzero(rows.frame != BLANK)
        steps = np.diff(rows.frame[shown])
        enters = np.diff(np.searchsorted(borders, rows.frame[shown], side="right")) != 0
        begins[shown[1:]] |= (steps < 0) | enters
    elif begins.sum() == 1:
        begins[find_recurrences(rows.frame)] = True
    bounds = [*np.flatnonzero(begins).tolist(), len(rows.frame)]
    for begin, end in pairwise(bounds):
        yield rows.part(slice(begin, end))


def _trim(rows: Rows) -> Rows | None:
    """Return a pass without the blank rows before and after it; None if it has no others."""
    shown = np.flatnonzero(rows.frame != BLANK)
    if not len(shown):
        return None
    trimmed = rows.part(slice(int(shown[0]), int(shown[-1]) + 1))
    if shown[-1] + 1 < len(rows.frame):  # what came next was blank, from then on
        stop_s = trimmed.stop_s.copy()
        stop_s[-1] = min(float(stop_s[-1]), float(rows.start_s[shown[-1] + 1]))
        trimmed = attrs.evolve(trimmed, stop_s=stop_s)
    return trimmed


def _cut_images(name: str, source: str, pixels: PixelSource, rows: Rows) -> Iterator[Showing]:
    for number in range(len(rows.frame)):
        frame = rows.frame[number : number + 1]
        shown = "blank" if frame[0] == BLANK else f"image {int(frame[0])}"
        stop_s = rows.stop_s[number]
        if number + 1 < len(rows.frame):
            stop_s = min(stop_s, rows.start_s[number + 1])
        edges_s = np.array([rows.start_s[number], stop_s])
        yield Showing(
            "", source, f"{name}/{shown}", 0, pixels, frame, edges_s, "image", bool(rows.broken[number])
        )
