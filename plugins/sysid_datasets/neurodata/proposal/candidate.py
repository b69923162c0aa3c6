"""Find which stimuli of a file a model could see, and why the others cannot be seen."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import numpy as np
from pynwb.epoch import TimeIntervals

from sysid import SysidError
from sysid_datasets.neurodata.column import read_column
from sysid_datasets.neurodata.grouping import Repeats, group_repeats
from sysid_datasets.neurodata.interval_table import list_tables
from sysid_datasets.neurodata.missing import MissingPixelsError
from sysid_datasets.neurodata.named_showing import IMAGE
from sysid_datasets.neurodata.opening import Opened
from sysid_datasets.neurodata.showing import Showing
from sysid_datasets.neurodata.stimulus import find_showings, find_sources
from sysid_datasets.neurodata.summary.table import IntervalTable
from sysid_datasets.neurodata.table_showing import FRAME, STIMULUS, frame_column, stimuli_of

MOST_VALUES = 3  # of what rows name, in a message
Onset = tuple[str, float]
"""The name of a showing and when it began."""


@attrs.frozen(eq=False)
class Candidate:
    """Hold one stimulus that can be read, frames and times.

    Attributes:
        names: of the series, table or stimulus in a table, as a recipe has them; several series where each
            shows one repeat.
        showings: those that were not broken off.
        repeats: what was shown, one entry per sequence of frames.
        aborted: how many showings were broken off.
    """

    names: tuple[str, ...]
    showings: tuple[Showing, ...]
    repeats: tuple[Repeats, ...]
    aborted: int

    @property
    def name(self) -> str:
        """The first of the names, and the last where there are several."""
        return self.names[0] if len(self.names) == 1 else f"{self.names[0]} … {self.names[-1]}"

    @property
    def size_px(self) -> tuple[int, int]:
        """(height, width) of a frame."""
        height, width = self.repeats[0].pixels.shape[2:]
        return int(height), int(width)

    @property
    def channels(self) -> int:
        """How many colours a frame has."""
        return int(self.repeats[0].pixels.shape[1])

    @property
    def is_image(self) -> bool:
        """Whether each frame stands for itself."""
        return self.repeats[0].is_image

    @property
    def bin_s(self) -> float:
        """How long a frame was on screen, the middle one."""
        return float(np.median(np.concatenate([each.bin_duration_s for each in self.repeats])))

    @property
    def span_s(self) -> tuple[float, float]:
        """When it began and ended."""
        return (
            min(float(each.edges_s.min()) for each in self.repeats),
            max(float(each.edges_s.max()) for each in self.repeats),
        )

    @property
    def bins(self) -> int:
        """How many bins there are, repeats counted once."""
        return sum(len(each.frame) for each in self.repeats)


@attrs.frozen
class Unreadable:
    """Name a stimulus that cannot be read and say why.

    Attributes:
        name: of the series or table.
        why: the reason, without the file.
        lacks_pixels: whether it is the pixels that are not there, and all else is.
    """

    name: str
    why: str
    lacks_pixels: bool = False


def find_candidates(
    opened: Opened, tables: Sequence[IntervalTable], templates: Path | None
) -> tuple[list[Candidate], list[Unreadable]]:
    """Return every stimulus that can be read, in order of time, and every other one with the reason.

    Args:
        opened: the file.
        tables: its interval tables.
        templates: where pixels may be that are not in the file.
    """
    sources = {*find_sources(opened, templates, None, "auto")}
    owner: dict[Onset, str] = {}
    unreadable = list(_find_nameless(opened, tables, sources))
    for name in list_names(opened, tables, sources):
        try:
            found, _ = find_showings(opened, (name,), templates, None, "auto")
        except SysidError as error:
            why, lacks_pixels = str(error), isinstance(error, MissingPixelsError)
            unreadable.append(Unreadable(name, why.removeprefix(f"{opened.path}: "), lacks_pixels))
        else:
            owner |= {_onset(each): name for each in found}
    names = tuple(dict.fromkeys(owner.values()))
    # together, as what one series shows may be what another showed before
    showings = find_showings(opened, names, templates, None, "auto")[0] if names else ()
    candidates = []
    for members, own in _join(showings, owner):
        whole = tuple(each for each in own if not each.aborted)
        if whole:
            candidates.append(Candidate(members, whole, group_repeats(whole, None), len(own) - len(whole)))
        else:
            unreadable.append(Unreadable(members[0], f"{members[0]}: nothing was shown to its end"))
    return sorted(candidates, key=lambda each: each.span_s), unreadable


def _onset(showing: Showing) -> Onset:
    return showing.name, showing.start_s


def _join(
    showings: Sequence[Showing], owner: dict[Onset, str]
) -> Iterator[tuple[tuple[str, ...], list[Showing]]]:
    """Yield names whose showings repeat one another, and these showings."""
    first: dict[tuple[str, str], str] = {}
    leader: dict[str, str] = {}
    members: dict[str, list[Showing]] = {}
    for showing in showings:
        name = owner[_onset(showing)]
        alike = first.setdefault((showing.source, showing.identity), leader.get(name, name))
        members.setdefault(leader.setdefault(name, alike), []).append(showing)
    for name, own in members.items():
        yield tuple(each for each in leader if leader[each] == name), own


def list_names(opened: Opened, tables: Sequence[IntervalTable], sources: set[str]) -> Iterator[str]:
    """Yield the names of stimulus series, and of tables that show something or of the stimuli in them.

    Args:
        opened: the file.
        tables: its interval tables.
        sources: names of the series and tables that show something, if there are pixels of it.
    """
    yield from sorted(opened.file.stimulus)
    for table in tables:
        stimuli = _list_stimuli(list_tables(opened.file)[table.name])
        if len(stimuli) > 1:
            yield from stimuli
        elif table.rows and table.name in sources:
            yield table.name


def _find_nameless(
    opened: Opened, tables: Sequence[IntervalTable], sources: set[str]
) -> Iterator[Unreadable]:
    """Yield tables that tell of something shown, but neither number frames nor name pixels that are here.

    Those whose rows name series with times of their own only mark these, and are left out.
    """
    for table in tables:
        values = [value for column in table.columns for value, _ in column.counts if value]
        is_source = not table.rows or table.name in sources or set(values) & {*opened.file.stimulus}
        if is_source or table.find(*FRAME, *IMAGE, *STIMULUS) is None:
            continue
        named = f" ({', '.join(values[:MOST_VALUES])})" if values else ""
        yield Unreadable(
            table.name,
            f"{table.name}: its rows number no frames, and name nothing of which pixels are here{named}; "
            "movies and images are found by their names with --templates PATH",
        )


def _list_stimuli(table: TimeIntervals) -> list[str]:
    """Return the stimuli of a table that numbers their frames; gratings and grey screens have none."""
    column, stimuli = frame_column(table), stimuli_of(table)
    if column is None or stimuli is None:
        return []
    numbered = np.isfinite(read_column(table, column))
    return sorted(set(stimuli[numbered].astype(str).tolist()) - {""})
