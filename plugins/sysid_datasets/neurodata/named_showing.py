"""What an interval table shows whose rows name a whole movie, or one image of a set."""

import numpy as np
from pynwb.epoch import TimeIntervals
from pynwb.image import ImageSeries

from sysid_datasets.neurodata.column import read_column
from sysid_datasets.neurodata.image_naming import ImageSet, find_image_set
from sysid_datasets.neurodata.missing import MissingPixelsError
from sysid_datasets.neurodata.opening import Opened, locate
from sysid_datasets.neurodata.showing import Showing, number_repeats
from sysid_datasets.neurodata.table_showing import STIMULUS, read_broken, read_times
from sysid_datasets.neurodata.template_finding import Templates, read_held
from sysid_datasets.neurodata.template_pixels import find_own_file, template_pixels
from sysid_datasets.neurodata.whole_showing import Movie, Part, show_whole

IMAGE = ("image_name", "image", "picture", "image_id", "natural_scene", "scene")

Found = tuple[list[Showing], tuple[str, ...]]


def named_showings(opened: Opened, table: TimeIntervals, templates: Templates) -> Found:
    """Return one showing for each row that names a movie or image whose pixels are known.

    Raises:
        MissingPixelsError: no row does.
        SysidError: times that cannot be.
    """
    for names in _list_names(table):
        images = find_image_set(opened, names, templates)
        if images is not None:
            return _show_images(opened, table, names, images)
        movies = _find_movies(opened, names, templates)
        if movies:
            parts = [
                Part(row, name, movies[name], 0, movies[name].pixels.shape[0])
                for row, name in enumerate(names.tolist())
                if name in movies
            ]
            return show_whole(table, parts)
    raise MissingPixelsError(
        f"{locate(table)}: expected rows that name movies or images of which there are pixels, got none; "
        "templates are usually published beside the session, as .npy, .h5 or images: say where with "
        "`templates`"
    )


def names_something(opened: Opened, table: TimeIntervals, templates: Templates) -> bool:
    """Say whether a row of a table names a movie or image whose pixels are known, without looking at them."""
    return any(
        find_image_set(opened, names, templates) is not None
        or any(_holds_movie(opened, name, templates) for name in dict.fromkeys(names.tolist()))
        for names in _list_names(table)
    )


def _list_names(table: TimeIntervals) -> list[np.ndarray]:
    """Return the columns that may name what was shown, as texts; also an image by a whole number."""
    columns = []
    for column in (*IMAGE, *STIMULUS):
        values = read_column(table, column) if column in table.colnames else None
        if values is None or not len(values):
            continue
        if values.dtype.kind == "U":
            columns.append(values)
        elif column in IMAGE:
            columns.append(np.array([f"{each:g}" if each == round(each) else "" for each in _finite(values)]))
    return columns


def _finite(values: np.ndarray) -> list[float]:
    return np.where(np.isfinite(values), values, -0.5).tolist()  # which is no image's number


def _show_images(opened: Opened, table: TimeIntervals, names: np.ndarray, images: ImageSet) -> Found:
    rows = [row for row, name in enumerate(names.tolist()) if name in images.numbers]
    pixels, note = images.open(opened)
    start_s, stop_s = read_times(table, np.array(rows))
    broken = read_broken(table)
    showings = [
        Showing(
            name="",
            source=table.name,
            identity=f"{table.name}/{names[row]}",
            repeat=0,
            pixels=pixels,
            frame=np.array([images.numbers[names[row]]], dtype=np.int64),
            edges_s=np.array([begin_s, end_s]),
            kind="image",
            aborted=bool(broken[row]),
        )
        for row, begin_s, end_s in zip(rows, start_s.tolist(), stop_s.tolist(), strict=True)
    ]
    notes = [f"{table.name}: rows name images of {images.place}; {note}"]
    if len(rows) < len(names):
        notes.append(f"{table.name}: {len(names) - len(rows)} rows name no image of {images.place}: left out")
    return number_repeats(showings), tuple(notes)


def _find_movies(opened: Opened, names: np.ndarray, templates: Templates) -> dict[str, Movie]:
    """Return movies without a clock of their own by name."""
    movies: dict[str, Movie] = {}
    for name in dict.fromkeys(names.tolist()):
        if not _holds_movie(opened, name, templates):
            continue
        held = opened.file.stimulus_template.get(name)
        if isinstance(held, ImageSeries):
            movies[name] = Movie(*read_held(opened, held, templates.order), held.rate)
        else:
            assert templates.path is not None
            movies[name] = Movie(
                *template_pixels(templates.path, (name,), templates.dataset, templates.order), None
            )
    return movies


def _holds_movie(opened: Opened, name: str, templates: Templates) -> bool:
    if isinstance(opened.file.stimulus_template.get(name), ImageSeries):
        return True
    folder = templates.path
    return (
        bool(name) and folder is not None and folder.is_dir() and find_own_file(folder, (name,)) is not None
    )
