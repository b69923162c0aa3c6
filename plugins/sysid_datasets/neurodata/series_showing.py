"""What an image series shows: each of its frames at its own time."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import PureWindowsPath

import numpy as np
from pynwb.image import ImageSeries

from sysid_datasets.neurodata.clock import Clock, edges_of, series_clock
from sysid_datasets.neurodata.content import number_contents
from sysid_datasets.neurodata.missing import MissingPixelsError
from sysid_datasets.neurodata.opening import Opened, guard, locate
from sysid_datasets.neurodata.passing import find_pauses
from sysid_datasets.neurodata.pixels import PixelSource
from sysid_datasets.neurodata.recurrence import find_recurrences
from sysid_datasets.neurodata.repeat_table import find_repeat_rows
from sysid_datasets.neurodata.series_pixels import series_pixels
from sysid_datasets.neurodata.showing import Showing
from sysid_datasets.neurodata.template_finding import Templates, replace_missing


def series_showings(
    opened: Opened, series: ImageSeries, templates: Templates
) -> tuple[list[Showing], tuple[str, ...]]:
    """Return the stretches of a series between pauses, or those that an interval table marks as repeats.

    Raises:
        MissingPixelsError: no pixels.
        SysidError: no clock that can be.
    """
    pixels, note = find_pixels(opened, series, templates)
    clock = series_clock(series, pixels.shape[0] if _is_elsewhere(series) else None)
    marked = find_repeat_rows(opened, pixels, clock)
    if marked is not None:
        table, cuts = marked
        cut = f"{series.name}: cut into the {len(cuts)} rows of {table}, which show the same frames"
        return list(_make(series.name, pixels, clock, cuts)), (note, cut)
    cuts, again = [], 0
    for first, stop in pairwise([0, *_find_pauses(clock), len(clock.onset_s)]):
        contents = number_contents(pixels, first, stop)
        starts = [first + each for each in ([] if contents is None else find_recurrences(contents))]
        cuts += list(pairwise([first, *starts, stop]))
        again += len(starts)
    notes = (f"{series.name}: its frames start again {again} times, and are cut there",) if again else ()
    return list(_make(series.name, pixels, clock, cuts)), (note, *notes)


def find_pixels(opened: Opened, series: ImageSeries, templates: Templates) -> tuple[PixelSource, str]:
    """Return the frames of a series, those of `templates` where it has none, and a note.

    Raises:
        MissingPixelsError: there are none.
    """
    try:
        return series_pixels(opened, series, templates.order)
    except MissingPixelsError as error:
        with guard(locate(series)):
            stamps = None if series.timestamps is None else len(series.timestamps)
            files = [] if series.external_file is None else [str(each) for each in series.external_file[:]]
        stems = (PureWindowsPath(each).stem for each in files[:1])  # also of a name with slashes
        return replace_missing(error, (series.name, *stems), stamps, templates)


def _is_elsewhere(series: ImageSeries) -> bool:
    """Say whether the frames are not in the series, which then does not tell how many there are."""
    return series.external_file is not None or 0 in np.shape(series.data)


def _find_pauses(clock: Clock) -> list[int]:
    interval_s = 0.0 if np.isnan(clock.interval_s) else clock.interval_s
    return find_pauses(clock.onset_s, clock.onset_s + interval_s).tolist()


def _make(name: str, pixels: PixelSource, clock: Clock, cuts: list[tuple[int, int]]) -> Iterator[Showing]:
    """Yield one showing for each stretch of frames (first, stop)."""
    for number, (first, stop) in enumerate(cuts):
        own = name if len(cuts) == 1 else f"{name}/{number + 1}"
        frame = np.arange(first, stop, dtype=np.int64)
        yield Showing(own, name, own, 0, pixels, frame, edges_of(clock, slice(first, stop)))
