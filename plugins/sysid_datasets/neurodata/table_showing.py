"""What an interval table shows whose rows number the frames of a movie or set of images."""

import numpy as np
from pynwb.epoch import TimeIntervals

from sysid import SysidError
from sysid_datasets.neurodata.column import read_column
from sysid_datasets.neurodata.index_showing import to_numbers
from sysid_datasets.neurodata.missing import MissingPixelsError
from sysid_datasets.neurodata.opening import Opened, locate
from sysid_datasets.neurodata.passing import Rows, cut_showings
from sysid_datasets.neurodata.showing import Showing
from sysid_datasets.neurodata.template_finding import Templates, find_template

FRAME = ("frame", "frame_index", "frame_number", "image_index", "movie_frame", "movie_frame_index")
STIMULUS = ("stimulus_name", "stimulus", "movie_name", "movie", "template", "template_name", "condition")
LABEL = ("repeat", "stimulus_repeat", "repeat_index", "repetition", "stimulus_block", "block", "trial")
SAYS_BROKEN = ("aborted", "is_aborted", "interrupted", "broken_off")
SAYS_WHOLE = ("valid", "is_valid", "complete", "is_complete", "completed")
OMITTED = ("omitted", "is_omitted")  # a grey screen where a picture would have come
TRUE, FALSE = ("true", "1", "1.0", "yes"), ("false", "0", "0.0", "no")


def frame_column(table: TimeIntervals) -> str | None:
    """Return the name of the column that numbers frames; None where no row of one has a number."""
    for name in FRAME:
        if name in table.colnames:
            values = read_column(table, name)
            if values is not None and values.dtype.kind == "f" and np.isfinite(values).any():
                return name
    return None


def stimuli_of(table: TimeIntervals) -> np.ndarray | None:
    """Return the name of what each row shows, where a column has it."""
    return _first_column(table, STIMULUS)


def table_showings(
    opened: Opened, table: TimeIntervals, only: tuple[str, ...], templates: Templates
) -> tuple[list[Showing], tuple[str, ...]]:
    """Return passes through movies, or images one by one, of every stimulus in a table.

    Args:
        opened: the NWB file.
        table: with a column of frame numbers.
        only: names of stimuli in it; empty = all.
        templates: where pixels may be that are not in the file.

    Raises:
        MissingPixelsError: no stimulus of it has pixels.
        SysidError: times or numbers that cannot be.
    """
    column = frame_column(table) or FRAME[0]
    numbers = _read_numbers(table, column)
    stimuli, label = stimuli_of(table), _first_column(table, LABEL)
    names = np.full(len(numbers), table.name) if stimuli is None else stimuli.astype(str)
    broken = read_broken(table)
    showings: list[Showing] = []
    notes: list[str] = []
    missing: list[MissingPixelsError] = []
    for name in dict.fromkeys(names.tolist()):
        chosen = np.flatnonzero(names == name)
        if (only and name not in only) or not np.isfinite(numbers[chosen]).any():
            continue  # spontaneous activity has no frames
        identity = name or table.name
        try:
            pixels, note = find_template(opened, tuple(dict.fromkeys((identity, table.name))), templates)
        except MissingPixelsError as error:
            missing.append(error)
            continue
        notes.append(note)
        start_s, stop_s = read_times(table, chosen)
        order = np.argsort(start_s, kind="stable")
        chosen = chosen[order]
        frame = to_numbers(numbers[chosen], pixels.shape[0], f"{locate(table)}/{column}")
        own = None if label is None else label[chosen].astype(str)
        rows = Rows(start_s[order], stop_s[order], frame, broken[chosen], own)
        showings += cut_showings(identity, table.name, pixels, rows)
    if missing and (only or not showings):
        raise missing[0]
    return showings, (*notes, *(f"left out: {error}" for error in missing))


def read_times(table: TimeIntervals, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return when some rows start and stop, float64 seconds.

    Raises:
        SysidError: a time is no number or not finite, a row stops before it starts, or two start at once.
    """
    place = locate(table)
    times = []
    for name in ("start_time", "stop_time"):
        values = read_column(table, name)
        if values is None or values.dtype.kind != "f":
            raise SysidError(f"{place}/{name}: expected seconds as numbers, got text")
        broken = ~np.isfinite(values[rows])
        if broken.any():
            at = int(rows[broken.argmax()])
            raise SysidError(f"{place}/{name}: expected finite times, got {values[at]} in row {at}")
        times.append(values[rows])
    start_s, stop_s = times
    wrong = stop_s <= start_s
    if wrong.any():
        at = int(wrong.argmax())
        raise SysidError(
            f"{place}: expected rows that stop after they start, got {start_s[at]:.9g} to {stop_s[at]:.9g} s "
            f"in row {int(rows[at])}"
        )
    ordered = np.sort(start_s)
    twice = np.flatnonzero(np.diff(ordered) == 0)
    if len(twice):
        raise SysidError(
            f"{place}/start_time: expected increasing times, got {ordered[twice[0]]:.9g} s twice"
        )
    return start_s, stop_s


def read_broken(table: TimeIntervals) -> np.ndarray:
    """Say of each row whether a column has it that what it belongs to was broken off."""
    broken = np.zeros(len(table), dtype=bool)
    for columns, words in ((SAYS_BROKEN, TRUE), (SAYS_WHOLE, FALSE)):
        values = _first_column(table, columns)
        if values is not None:
            broken |= np.array([_is_one_of(value, words) for value in values], dtype=bool)
    return broken


def _read_numbers(table: TimeIntervals, column: str) -> np.ndarray:
    """Return frame numbers, NaN also where a column says that the picture was left out."""
    numbers = read_column(table, column)
    assert numbers is not None
    omitted = _first_column(table, OMITTED)
    if omitted is None:
        return numbers
    return np.where([_is_one_of(each, TRUE) for each in omitted], np.nan, numbers)


def _is_one_of(value: object, words: tuple[str, ...]) -> bool:
    return str(value).lower() in words


def _first_column(table: TimeIntervals, names: tuple[str, ...]) -> np.ndarray | None:
    """Return the first of some columns that the table has, if it has text or numbers."""
    for name in names:
        if name in table.colnames:
            values = read_column(table, name)
            if values is not None:
                return values
    return None
