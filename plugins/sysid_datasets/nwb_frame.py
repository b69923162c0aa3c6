"""Say which part and size of the frames the fields of the dataset `nwb` ask for, and whether they fit."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from sysid import SysidError
from sysid_datasets.neurodata.crop import as_crop, check_room
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
        stored = (repeats.pixels.shape[2], repeats.pixels.shape[3])
        check_room(str(path), dataset.crop, dataset.size_px, stored, repeats.source)
        delivered = _select(dataset, repeats).shape[1:]
        wanted = _select(dataset, first).shape[1:]
        if delivered != wanted:
            raise SysidError(
                f"{path}: stimulus: expected frames of one size (channel, height, width), got {first.source} "
                f"{wanted} and {repeats.source} {delivered}; name one of them in `stimulus`, or give "
                "`size_px` if they have the same proportions"
            )


def _select(dataset: "NWB", repeats: Repeats) -> IndexedFrames:
    return IndexedFrames(repeats.pixels, repeats.frame, crop=as_crop(dataset.crop), size_px=dataset.size_px)
