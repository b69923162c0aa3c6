"""Frames of movies that are shown whole, or from one frame to another, in the rows of a table."""

from collections.abc import Sequence

import attrs
import numpy as np
from pynwb.epoch import TimeIntervals

from sysid_datasets.neurodata.pass_identity import is_short
from sysid_datasets.neurodata.pixels import PixelSource
from sysid_datasets.neurodata.showing import Showing, number_repeats
from sysid_datasets.neurodata.table_showing import read_broken, read_times

LONGER = 1.1  # a movie may last so much longer than its row before its own rate is not believed


@attrs.frozen(eq=False)
class Movie:
    """Hold a movie without a clock of its own.

    Attributes:
        pixels: of its frames.
        note: on how they are read.
        rate_hz: of its frames, where it has one.
    """

    pixels: PixelSource
    note: str
    rate_hz: float | None


@attrs.frozen(eq=False)
class Part:
    """Say which frames of a movie a row shows: so many from the first on."""

    row: int
    name: str
    movie: Movie
    first: int
    count: int


def show_whole(table: TimeIntervals, parts: Sequence[Part]) -> tuple[list[Showing], tuple[str, ...]]:
    """Return one showing for each part, and notes.

    Frames come at the movie's own rate, if it has one that fits the rows, else evenly over the longest row.
    A row that is over before others of the same part was broken off.

    Raises:
        SysidError: times that cannot be.
    """
    rows = np.array([part.row for part in parts])
    start_s, stop_s = read_times(table, rows)
    broken = read_broken(table)[rows]
    lasts_s = stop_s - start_s
    longest_s: dict[str, float] = {}
    for part, duration_s in zip(parts, lasts_s.tolist(), strict=True):
        longest_s[_identify(part)] = max(longest_s.get(_identify(part), 0.0), duration_s)
    showings, notes = [], []
    for number, part in enumerate(parts):
        identity, rate_hz = _identify(part), part.movie.rate_hz
        longest = longest_s[identity]
        at_rate = rate_hz is not None and rate_hz > 0 and part.count / rate_hz <= LONGER * longest
        interval_s = 1 / rate_hz if at_rate and rate_hz else longest / part.count
        count = min(part.count, max(1, round(lasts_s[number] / interval_s)))
        whole = min(part.count, max(1, round(longest / interval_s)))
        showings.append(
            Showing(
                name="",
                source=table.name,
                identity=identity,
                repeat=0,
                pixels=part.movie.pixels,
                frame=np.arange(part.first, part.first + count, dtype=np.int64),
                edges_s=start_s[number] + interval_s * np.arange(count + 1),
                aborted=bool(broken[number]) or is_short(count, whole),
            )
        )
        how = f"at its rate of {rate_hz:g} Hz" if at_rate else "evenly over the longest row"
        notes.append(f"{table.name}: rows show {part.name} frame by frame, {how}; {part.movie.note}")
    return number_repeats(showings), tuple(dict.fromkeys(notes))


def _identify(part: Part) -> str:
    if part.count == part.movie.pixels.shape[0]:
        return part.name
    return f"{part.name} from frame {part.first} to {part.first + part.count - 1}"
