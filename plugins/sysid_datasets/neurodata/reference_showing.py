"""What an interval table shows whose rows refer to movies that have no clock of their own."""

from collections.abc import Iterator
from typing import Any

from hdmf.common import VectorIndex
from pynwb.base import TimeSeriesReferenceVectorData
from pynwb.epoch import TimeIntervals
from pynwb.image import ImageSeries

from sysid_datasets.neurodata.library_error import guard
from sysid_datasets.neurodata.opening import Opened, locate
from sysid_datasets.neurodata.showing import Showing
from sysid_datasets.neurodata.template_finding import Templates, read_held
from sysid_datasets.neurodata.whole_showing import Movie, Part, show_whole

LOOKED_AT = 5  # rows, to see whether a column refers to movies


def refers_to_movies(opened: Opened, table: TimeIntervals) -> bool:
    """Say whether the first rows of a table refer to image series among the templates."""
    return any(_find_movie(opened, table, row) for row in range(min(LOOKED_AT, len(table))))


def reference_showings(
    opened: Opened, table: TimeIntervals, templates: Templates
) -> tuple[list[Showing], tuple[str, ...]]:
    """Return one showing for each row that refers to one movie, or to some of its frames.

    Frames that the movie does not have mean all of it: pynwb computes them from the row's times, as if the
    movie were on the clock of the session.

    Raises:
        MissingPixelsError: a movie that is referred to has no pixels.
        SysidError: times that cannot be.
    """
    movies: dict[str, Movie] = {}
    parts = []
    for row in range(len(table)):
        found = _find_movie(opened, table, row)
        if found is None:
            continue
        series, first, count = found
        if series.name not in movies:
            pixels, note = read_held(opened, series, templates.order)
            movies[series.name] = Movie(pixels, note, series.rate)
        frames = movies[series.name].pixels.shape[0]
        if not 0 <= first < first + count <= frames:
            first, count = 0, frames
        parts.append(Part(row, series.name, movies[series.name], first, count))
    return show_whole(table, parts)


def _find_movie(opened: Opened, table: TimeIntervals, row: int) -> tuple[ImageSeries, int, int] | None:
    """Return the one template that a row refers to, with first frame and count; None if there is not one."""
    templates = {id(each) for each in opened.file.stimulus_template.values()}
    found = [
        (each.timeseries, int(each.idx_start), int(each.count))
        for each in _list_references(table, row)
        if isinstance(each.timeseries, ImageSeries) and id(each.timeseries) in templates
    ]
    return found[0] if len(found) == 1 else None


def _list_references(table: TimeIntervals, row: int) -> Iterator[Any]:
    for name in table.colnames:
        column = table[name]
        target = column.target if isinstance(column, VectorIndex) else column
        if isinstance(target, TimeSeriesReferenceVectorData):
            with guard(f"{locate(table)}/{name}"):
                values = column[row]
            yield from values if isinstance(values, list) else [values]
