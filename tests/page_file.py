"""Files that pages take for given: a reader has them, the tests put small ones there."""

from collections.abc import Callable
from pathlib import Path

from tests.inspected_nwb import add_noise, begin, save
from tests.keras_network import Size, make_network, write_files


def write_session(path: Path) -> None:
    """Write a recording in NWB: noise and two units."""
    file = begin("noise")
    add_noise(file)
    for unit in range(2):
        file.add_unit(id=unit, spike_times=[1 + 0.1 * spike + 0.01 * unit for spike in range(110)])
    save(file, path)


def write_network(folder: Path) -> None:
    """Write a network of the input and output of the released ones, with few kernels."""
    size = Size(90, 90, frames=20, kernels=(25, 11), filters=(3, 2), units=4, neurons=80)
    write_files(make_network(folder.name, size), folder)


GIVEN: dict[str, Callable[[Path], None]] = {
    "session.nwb": write_session,
    "crnn_lstm": write_network,
    "docs/reference": lambda folder: folder.mkdir(parents=True),
}
"""What makes a file or folder by the name that pages have for it, behind `given` in a comment."""
