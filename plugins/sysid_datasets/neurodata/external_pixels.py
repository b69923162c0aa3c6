"""Frames that an NWB file leaves in other files beside it: images, or a video."""

from pathlib import Path, PureWindowsPath

import numpy as np
from pynwb.image import ImageSeries

from sysid_datasets.neurodata.image_pixels import SUFFIXES, file_pixels
from sysid_datasets.neurodata.missing import MissingPixelsError
from sysid_datasets.neurodata.opening import guard, locate
from sysid_datasets.neurodata.pixels import PixelSource
from sysid_datasets.neurodata.video_pixels import video_pixels


def external_pixels(series: ImageSeries, folder: Path) -> tuple[PixelSource, str]:
    """Return the frames of a series whose pixels are in other files, and a note.

    Args:
        series: with `external_file`.
        folder: of the NWB file.

    Raises:
        MissingPixelsError: a file is not there.
        SysidError: a file cannot be read, or the package that reads videos is not installed.
    """
    place = locate(series)
    with guard(place):
        names = [str(each) for each in series.external_file[:]]
        starts = None if series.starting_frame is None else np.asarray(series.starting_frame[:]).tolist()
    paths = []
    for name in names:
        path = find_external(folder, name)
        if path is None:
            raise MissingPixelsError(
                f"{place}: its pixels are in {name}, which is not beside the NWB file; such files are "
                "published with it: put it there"
            )
        paths.append(path)
    note = f"{series.name}: pixels are read from {_list(paths)}"
    if all(path.suffix.lower() in SUFFIXES for path in paths):
        return file_pixels(paths, place), note
    pixels = video_pixels(paths, place)
    if starts is not None and starts != list(pixels.first):
        note += (
            f"; starting_frame {starts} is not what their lengths give, {list(pixels.first)}, which is used"
        )
    return pixels, note


def find_external(folder: Path, name: str) -> Path | None:
    """Return where a file is that an NWB file in a folder names; None where it is not there.

    Where the name is that of a place on the computer that wrote the file, a file called so beside it counts.
    """
    posix = PureWindowsPath(name).as_posix()  # also what has no backslash
    for each in (name, posix, PureWindowsPath(name).name):
        if each and (folder / each).is_file():
            return folder / each
    return None


def _list(paths: list[Path]) -> str:
    names = ", ".join(path.name for path in paths[:3])
    return f"{names} and {len(paths) - 3} more files" if len(paths) > 3 else names
