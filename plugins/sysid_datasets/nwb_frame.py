"""Say which part and size of the frames the fields of the dataset `nwb` ask for, and whether they fit."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from sysid import SysidError
from sysid_datasets.neurodata.grey import find_grey
from sysid_datasets.neurodata.grouping import Repeats
from sysid_datasets.neurodata.indexed_frame import IndexedFrames
from sysid_datasets.neurodata.showing import BLANK

if TYPE_CHECKING:
    from sysid_datasets.nwb import NWB


def view_frames(dataset: "NWB", repeats: Repeats) -> IndexedFrames:
    """Return the frames as they are delivered, read when they are sliced; a few are read for a blank screen.

    Raises:
        SysidError: one of these few cannot be read.
    """
    frames = _select(dataset, repeats)
    if not (repeats.frame == BLANK).any():
        return frames
    return attrs.evolve(frames, grey=find_grey(repeats.pixels, repeats.frame).value)


def check_frames(dataset: "NWB", path: Path, shown: Sequence[Repeats]) -> None:
    """Refuse a crop or size that the stored frames have no room for, and frames that differ in size.

    Raises:
        SysidError: one of these.
    """
    first = shown[0]
    for repeats in shown:
        _check_crop(dataset, path, repeats)
        delivered = _select(dataset, repeats).shape[1:]
        wanted = _select(dataset, first).shape[1:]
        if delivered != wanted:
            raise SysidError(
                f"{path}: stimulus: expected frames of one size (channel, height, width), got {first.source} "
                f"{wanted} and {repeats.source} {delivered}; name one of them in `stimulus`, or give "
                "`size_px` if they have the same proportions"
            )


def _select(dataset: "NWB", repeats: Repeats) -> IndexedFrames:
    crop = (dataset.crop[0], dataset.crop[1], dataset.crop[2], dataset.crop[3]) if dataset.crop else None
    return IndexedFrames(repeats.pixels, repeats.frame, crop=crop, size_px=dataset.size_px)


def _check_crop(dataset: "NWB", path: Path, repeats: Repeats) -> None:
    _, height, width = repeats.pixels.shape[1:]
    if dataset.crop:
        top, left, rows, columns = dataset.crop
        if top + rows > height or left + columns > width:
            raise SysidError(
                f"{path}: crop: expected [top, left, height, width] within {height} × {width} px of "
                f"{repeats.source}, got {list(dataset.crop)}"
            )
        height = rows
    if dataset.size_px is not None and dataset.size_px > height:
        raise SysidError(
            f"{path}: size_px: expected at most the height of {repeats.source}, {height} px, got "
            f"{dataset.size_px}"
        )
