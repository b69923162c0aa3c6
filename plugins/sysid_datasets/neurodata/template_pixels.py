"""Frames outside the NWB file: what the key `templates` of a recipe names."""

from pathlib import Path

import h5py
import pynwb
from pynwb.base import Images
from pynwb.image import ImageSeries

from sysid import SysidError, check_dataset, open_npy
from sysid_datasets.neurodata.array_pixels import ArrayPixels, make_array_pixels
from sysid_datasets.neurodata.axis_order import AskedOrder, Order, settle, words
from sysid_datasets.neurodata.image_pixels import container_pixels, file_pixels, holds_image, natural_key
from sysid_datasets.neurodata.library_error import READ_ERRORS
from sysid_datasets.neurodata.missing import MissingPixelsError
from sysid_datasets.neurodata.name_match import find_near, find_same
from sysid_datasets.neurodata.opening import open_nwb, shorten
from sysid_datasets.neurodata.pixels import PixelSource
from sysid_datasets.neurodata.series_pixels import series_pixels
from sysid_datasets.neurodata.video_pixels import SUFFIXES as VIDEOS
from sysid_datasets.neurodata.video_pixels import video_pixels

ARRAYS = (".npy", ".h5", ".hdf5", ".nwb")


def template_pixels(
    path: Path, names: tuple[str, ...], dataset: str | None, asked: AskedOrder
) -> tuple[PixelSource, str]:
    """Return the frames of a stimulus from a file or folder outside the NWB file, and a note.

    A folder holds a file for each stimulus, called like it, or the images of one stimulus, in the order of
    the numbers in their names.

    Args:
        path: .npy, .h5, .nwb, a video, or a folder.
        names: that the stimulus goes by, the first that fits counts.
        dataset: name in an HDF5 file; None = called like the stimulus, or the only one with frames.
        asked: order of the axes; "auto" is (time, height, width), as such files have no `dimension`.

    Raises:
        SysidError: it is not there, or holds no frames by these names.
    """
    order = settle(asked)
    if path.is_dir():
        own = find_own_file(path, names)
        if own is None:
            images = list_images(path)
            if not images:
                raise MissingPixelsError(
                    f"{path}: expected images, or a file called {' or '.join(names)} with one of "
                    f"{', '.join(ARRAYS)}, got neither"
                )
            note = f"{names[0]}: pixels are the {len(images)} images in {path.name}"
            return file_pixels(images, str(path)), note
        return template_pixels(own, names, dataset, asked)
    note = f"{names[0]}: pixels are read from {path.name}"
    match path.suffix.lower():
        case ".npy":
            return read_npy(path, order), f"{note}, as {words(order)}"
        case ".h5" | ".hdf5":
            return read_hdf5(path, names, dataset, order), f"{note}, as {words(order)}"
        case ".nwb":
            pixels, said = read_nwb(path, names, asked)
            return pixels, f"{note}; {said}"
        case suffix if suffix in VIDEOS:
            return video_pixels([path], str(path)), note
        case _:
            raise SysidError(f"{path}: expected a folder or a file in {', '.join(ARRAYS)}, got {path.name}")


def list_images(folder: Path) -> list[Path]:
    """Return the image files of a folder in the order of the numbers in their names."""
    images = [each for each in folder.iterdir() if holds_image(each)]
    return sorted(images, key=lambda each: natural_key(each.name))


def find_own_file(folder: Path, names: tuple[str, ...]) -> Path | None:
    """Return the file or folder that is called like a stimulus."""
    kinds = (*ARRAYS, *VIDEOS)
    held = {
        each.name if each.is_dir() else each.stem: each
        for each in sorted(folder.iterdir())
        if each.is_dir() or (each.suffix.lower() in kinds and not holds_image(each))
    }
    found = find_same(held, names) or find_near(held, names)
    return None if found is None else held[found]


def read_npy(path: Path, order: Order) -> ArrayPixels:
    """Return the frames of a .npy file, which stay there."""
    stored = open_npy(path, "frames")
    return make_array_pixels(path, "", stored.shape, stored.dtype, order, str(path))


def read_hdf5(path: Path, names: tuple[str, ...], dataset: str | None, order: Order) -> ArrayPixels:
    """Return the frames of a dataset of an HDF5 file."""
    try:
        with h5py.File(path, "r") as file:
            found: dict[str, h5py.Dataset] = {}
            file.visititems(lambda name, each: found.update({name: each}) if is_movie(each) else None)
            wanted = (dataset.strip("/"),) if dataset is not None else names
            fitting = [name for name in found if name in wanted or name.split("/")[-1] in wanted]
            if not fitting and dataset is None:
                near = find_same(found, names) or find_near(found, names)
                fitting = [near] if near is not None else []
            chosen = fitting or (list(found) if len(found) == 1 and dataset is None else [])
            if not chosen:
                raise MissingPixelsError(
                    f"{path}: expected a dataset {' or '.join(wanted)} with frames, got "
                    f"{', '.join(found) or 'none'}; `templates_dataset` names one"
                )
            stored = found[chosen[0]]
            check_dataset(stored, f"{path}: {chosen[0]}")
            return make_array_pixels(
                path, chosen[0], stored.shape, stored.dtype, order, f"{path}: {chosen[0]}"
            )
    except READ_ERRORS as error:
        raise SysidError(f"{path}: expected an HDF5 file, got {shorten(error)}") from error


def is_movie(each: h5py.Dataset | h5py.Group) -> bool:
    """Say whether something in an HDF5 file may be frames."""
    return isinstance(each, h5py.Dataset) and len(each.shape) >= 3


def read_nwb(path: Path, names: tuple[str, ...], asked: AskedOrder) -> tuple[PixelSource, str]:
    """Return the frames of a series or set of images of another NWB file, and a note."""
    with open_nwb(path) as opened:
        held = list_pixels(opened.file)
        fitting = find_same(held, names) or find_near(held, names)
        if fitting is None and len(held) == 1:
            (fitting,) = held
        if fitting is None:
            raise MissingPixelsError(
                f"{path}: expected a stimulus {' or '.join(names)}, got {', '.join(held) or 'none'}"
            )
        found = held[fitting]
        if isinstance(found, Images):
            pixels = container_pixels(found, settle(asked))
            return pixels, f"{fitting} has {pixels.shape[0]} images"
        return series_pixels(opened, found, asked)


def list_pixels(file: pynwb.NWBFile) -> dict[str, ImageSeries | Images]:
    """Return the image series and sets of images of a file by name: templates, then shown, then processed."""
    held: dict[str, object] = {}
    for module in file.processing.values():
        held |= dict(module.data_interfaces)
    held |= {**file.stimulus, **file.stimulus_template}
    return {name: each for name, each in held.items() if isinstance(each, ImageSeries | Images)}
