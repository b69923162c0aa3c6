"""What an index series shows: frames of a movie or a set of images, by number."""

import numpy as np
from pynwb.image import ImageSeries, IndexSeries

from sysid import SysidError
from sysid_datasets.neurodata.axis_order import settle
from sysid_datasets.neurodata.clock import edges_of, series_clock
from sysid_datasets.neurodata.image_pixels import container_pixels
from sysid_datasets.neurodata.missing import MissingPixelsError
from sysid_datasets.neurodata.opening import Opened, guard, locate
from sysid_datasets.neurodata.passing import Rows, cut_showings, find_pauses
from sysid_datasets.neurodata.pixels import PixelSource
from sysid_datasets.neurodata.series_showing import find_pixels
from sysid_datasets.neurodata.showing import BLANK, Showing
from sysid_datasets.neurodata.template_finding import Templates, replace_missing

UNSIGNED = tuple(np.dtype(kind) for kind in (np.uint8, np.uint16, np.uint32, np.uint64))


def index_showings(
    opened: Opened, series: IndexSeries, templates: Templates
) -> tuple[list[Showing], tuple[str, ...]]:
    """Return passes through the movie, or images one by one.

    Raises:
        SysidError: it refers to nothing with pixels, or numbers that are not there.
    """
    place = locate(series)
    pixels, note = _find_pixels(opened, series, templates)
    clock = series_clock(series)
    with guard(place):
        stored = np.asarray(series.data[:])
    if stored.ndim != 1 or stored.dtype.kind not in "iuf":
        raise SysidError(
            f"{place}: expected one number of a frame per sample, got {stored.dtype} {stored.shape}"
        )
    stored, wrapped = unwrap(stored, pixels.shape[0])
    frame = to_numbers(stored, pixels.shape[0], place)
    start_s, stop_s = clock.onset_s, edges_of(clock)[1:]
    before_pause = find_pauses(start_s, start_s + clock.interval_s) - 1
    stop_s[before_pause] = start_s[before_pause] + clock.interval_s
    rows = Rows(start_s, stop_s, frame, np.zeros(len(frame), dtype=bool))
    notes = (note, *(f"{series.name}: {each}" for each in wrapped))
    return cut_showings(series.name, series.name, pixels, rows), notes


def unwrap(stored: np.ndarray, count: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return numbers with −1 where it was stored without a sign, as the largest of a type, and a note.

    NWB has unsigned numbers there, in which a −1 for a blank screen becomes 255, 65535 or 4294967295; pynwb
    stores short types as longer ones, in which these stay. Where there is an image of that number, it is
    meant.
    """
    if stored.dtype.kind != "u":
        return stored, ()
    largest = [np.iinfo(kind).max for kind in UNSIGNED if kind.itemsize <= stored.dtype.itemsize]
    is_wrapped = np.isin(stored, [number for number in largest if number >= count])
    if not is_wrapped.any():
        return stored, ()
    numbers = ", ".join(map(str, np.unique(stored[is_wrapped])))
    note = (
        f"{int(is_wrapped.sum())} of {len(stored)} samples are {numbers}, the largest number of its type, "
        f"and no number of the {count} frames there are: they are taken for −1, a blank screen"
    )
    return np.where(is_wrapped, BLANK, stored.astype(np.int64)), (note,)


def to_numbers(stored: np.ndarray, count: int, place: str) -> np.ndarray:
    """Return frame numbers, −1 for blank ones (NaN or below zero).

    Raises:
        SysidError: a number that is not whole, or of no frame.
    """
    values = stored.astype(np.float64)
    blank = np.isnan(values) | (values < 0)
    whole = np.where(blank, 0, values)
    wrong = (whole != np.round(whole)) | (whole >= count)
    if wrong.any():
        at = int(wrong.argmax())
        raise SysidError(
            f"{place}: expected whole numbers of the {count} frames there are, from 0 to {count - 1}, got "
            f"{stored[at]} at index {at}"
        )
    return np.where(blank, BLANK, whole).astype(np.int64)


def _find_pixels(opened: Opened, series: IndexSeries, templates: Templates) -> tuple[PixelSource, str]:
    if series.indexed_images is not None:
        images = series.indexed_images
        pixels = container_pixels(images, settle(templates.order))
        order = (
            "in its order_of_images" if images.order_of_images is not None else "in the order of their names"
        )
        return pixels, f"{series.name}: shows the {pixels.shape[0]} images of {images.name}, {order}"
    target = series.indexed_timeseries
    if isinstance(target, ImageSeries):
        return find_pixels(opened, target, templates)
    lacks = MissingPixelsError(f"{locate(series)}: expected a link to the images that it numbers, got none")
    return replace_missing(lacks, (series.name,), None, templates)
