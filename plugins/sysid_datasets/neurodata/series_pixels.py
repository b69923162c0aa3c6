"""Frames of an image series, in the NWB file or beside it."""

from pathlib import Path

import numpy as np
from pynwb.image import ImageSeries

from sysid import SysidError
from sysid_datasets.neurodata.array_pixels import make_array_pixels
from sysid_datasets.neurodata.axis_order import AskedOrder, find_axis_order
from sysid_datasets.neurodata.external_pixels import external_pixels
from sysid_datasets.neurodata.missing import MissingPixelsError
from sysid_datasets.neurodata.opening import Opened, guard, locate
from sysid_datasets.neurodata.pixels import PixelSource
from sysid_datasets.neurodata.trace import describe_scale, read_number


def series_pixels(opened: Opened, series: ImageSeries, asked: AskedOrder) -> tuple[PixelSource, str]:
    """Return the frames of a series and a note on how they lie in the file and what is done to them.

    Pixels are `data × conversion + offset`. Both are of data in the file: those of other files are taken as
    they are.

    Raises:
        SysidError: it has no pixels; the line says where such pixels usually are.
    """
    place = locate(series)
    with guard(place):
        external = series.external_file is not None and len(series.external_file) > 0
        shape = tuple(np.shape(series.data))
        dimension = None if series.dimension is None else [int(each) for each in series.dimension[:]]
    (scale, scale_note), (offset, offset_note) = (
        read_number(series, name, default) for name, default in (("conversion", 1.0), ("offset", 0.0))
    )
    scaled = describe_scale(np.asarray(scale), offset)
    if external:
        pixels, note = external_pixels(series, opened.path.parent)
        return pixels, f"{note}, without {scaled}, which is of data in the file" if scaled else note
    if not shape or 0 in shape:
        raise MissingPixelsError(
            f"{place}: expected pixels, got none in the file; such movies are usually published beside the "
            "session, as .npy, .h5 or images: say where with `templates`"
        )
    if len(shape) < 3:
        raise SysidError(f"{place}: expected frames (frame, height, width), got shape {shape}")
    found = find_axis_order(series.name, (shape[1], shape[2]), dimension, asked)
    with guard(place):
        path, dataset, dtype = Path(series.data.file.filename), series.data.name, series.data.dtype
    notes = (found.note, f"pixels are stored values {scaled}" if scaled else "", scale_note, offset_note)
    pixels = make_array_pixels(
        path, dataset, shape, dtype, found.order, place, scale=scale, offset=offset, doubt=found.doubt
    )
    return pixels, "; ".join(note for note in notes if note)
