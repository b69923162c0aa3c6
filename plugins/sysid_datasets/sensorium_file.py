"""List the files of a SENSORIUM folder that make a recording."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sysid import checksum
from sysid_datasets.sensorium_choice import SCORED
from sysid_datasets.sensorium_folder import TIERS, Folder
from sysid_datasets.sensorium_neuron import DEVIATIONS
from sysid_datasets.sensorium_repeat import CONDITIONS
from sysid_datasets.sensorium_response import ROWS

if TYPE_CHECKING:
    from sysid_datasets.sensorium import Sensorium

META = (
    TIERS,
    CONDITIONS,
    "meta/neurons/unit_ids.npy",
    "meta/neurons/cell_motor_coordinates.npy",
    "meta/neurons/area.npy",
)

Stamps = tuple[tuple[str, int, int], ...]
"""Name in the folder, bytes and time of change of every file."""


def stamp_files(dataset: "Sensorium", folder: Folder, listed: Mapping[str, tuple[int, ...]]) -> Stamps:
    """Return what changes when a file does that is read; a file that is not there is left out.

    Args:
        dataset: what is asked for.
        folder: of the mouse.
        listed: trials by field.
    """
    found = []
    for path in _list_files(dataset, folder, listed):
        if path.is_file():
            status = path.stat()
            name = path.relative_to(folder.path).as_posix()
            found.append((name, status.st_size, status.st_mtime_ns))
    return tuple(found)


def digest_files(folder: Folder, stamps: Stamps) -> tuple[tuple[str, str], ...]:
    """Return (name, SHA-256) of every file."""
    return tuple((name, checksum(folder.path / name)) for name, _, _ in stamps)


def _list_files(
    dataset: "Sensorium", folder: Folder, listed: Mapping[str, tuple[int, ...]]
) -> Iterator[Path]:
    yield from (folder.path / name for name in META)
    if dataset.responses_scaling:
        yield folder.path / DEVIATIONS
    behaviour = dict.fromkeys(ROWS[channel][0] for channel in dataset.behaviour)
    for field, trials in listed.items():
        kinds = (folder.pictures, *behaviour, *(("responses",) if field in SCORED else ()))
        yield from (folder.file(kind, trial) for kind in kinds for trial in trials)
