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


def series_pixels(opened: Opened, series: ImageSeries, asked: AskedOrder) -> tuple[PixelSource, str]:
    """Return the frames of a series and a note on how they lie in the file.

    Raises:
        SysidError: it has no pixels; the line says where such pixels usually are.
    """
    place = locate(series)
    with guard(place):
        external = series.external_file is not None and len(series.external_file) > 0
        shape = tuple(np.shape(series.data))
        dimension = None if series.dimension is None else [int(each) for each in series.dimension[:]]
    if external:
        return external_pixels(series, opened.path.parent)
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
    return make_array_pixels(path, dataset, shape, dtype, found.order, place, doubt=found.doubt), found.note
