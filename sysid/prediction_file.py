"""Write predictions as `.npy`, `.npz` or `.csv`, row by row."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import attrs
import numpy as np
from numpy.lib import format as npy

from sysid.atomic import write_whole
from sysid.csv_cell import guard_cell
from sysid.errors import SysidError

SUFFIXES = (".npy", ".npz", ".csv")


@attrs.frozen
class Layout:
    """What is written.

    Attributes:
        what: "rates" or "spikes", the name of the array in an NPZ file.
        shape: (frame, neuron) of rates, (repeat, frame, neuron) of spikes.
        neurons: identities, in the order of the last axis.
    """

    what: str
    shape: tuple[int, ...]
    neurons: tuple[str, ...]


def check_output(path: Path, *, overwrite: bool) -> None:
    """Refuse a file name of another kind, and a file that is there unless it may be overwritten.

    Raises:
        SysidError: one of these.
    """
    if path.suffix not in SUFFIXES:
        raise SysidError(f"--out: expected a file name in {', '.join(SUFFIXES)}, got {path.name}")
    if path.exists() and not overwrite:
        raise SysidError(f"{path}: exists; --overwrite replaces it")


def write_prediction(path: Path, layout: Layout, rows: Iterable[np.ndarray]) -> None:
    """Write rows (row, neuron), float32, in the order of the axes before the last; the file appears whole.

    `.npy` holds one array; `.npz` that array by its name, and `neurons`; `.csv` has one line per frame (of
    each repeat) and one column per neuron, an empty cell where there is no prediction.

    Raises:
        SysidError: the file cannot be written, or what making the rows says is wrong.
    """
    write: Callable[[Path, Layout, Iterable[np.ndarray]], None]
    write = {".npy": _write_npy, ".npz": _write_npz, ".csv": _write_csv}[path.suffix]
    write_whole(path, lambda beside: write(beside, layout, rows))


def _write_npy(path: Path, layout: Layout, rows: Iterable[np.ndarray]) -> None:
    with open(path, "wb") as file:
        _write_array(file, layout.shape, rows)


def _write_npz(path: Path, layout: Layout, rows: Iterable[np.ndarray]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(f"{layout.what}.npy", "w", force_zip64=True) as member:
            _write_array(member, layout.shape, rows)
        with archive.open("neurons.npy", "w") as member:
            npy.write_array(member, np.array(layout.neurons), allow_pickle=False)


def _write_array(file: io.BufferedIOBase, shape: tuple[int, ...], rows: Iterable[np.ndarray]) -> None:
    """Write an array in numpy's own format without holding it."""
    dtype = np.dtype("<f4")
    header = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(file, header)
    for piece in rows:
        file.write(np.ascontiguousarray(piece, dtype=dtype).tobytes())


def _write_csv(path: Path, layout: Layout, rows: Iterable[np.ndarray]) -> None:
    frames = layout.shape[-2]
    repeated = len(layout.shape) == 3
    number = 0
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*(["repeat"] if repeated else []), "frame", *map(guard_cell, layout.neurons)])
        for piece in rows:
            for values in piece:
                repeat, frame = divmod(number, frames)
                cells = ["" if np.isnan(value) else f"{value:.9g}" for value in values]  # 9 digits are exact
                writer.writerow([*([repeat] if repeated else []), frame, *cells])
                number += 1
