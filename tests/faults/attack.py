"""Write files that were made to do harm."""

import json
import pickle
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import attrs
import h5py
import numpy as np
import scipy.io

from sysid_datasets.zheng2021_mat import FILE as MAT_FILE
from tests.faults.reader import READERS
from tests.neurodata_file import edit
from tests.report_run import make_run


class Canary:
    """What a pickle that is read would leave behind."""

    def __init__(self, folder: Path):
        self.file = folder / "canary"

    def __reduce__(self):
        return (Path.touch, (self.file,))


@attrs.frozen(eq=False)
class Attack:
    """A hostile file.

    Attributes:
        make: writes it into an empty folder.
        read: reads it.
        words: that the one line of its refusal has.
    """

    make: Callable[[Path], object]
    read: Callable[[Path], object]
    words: str


def whole(reader: str, spoil: Callable[[Path], object], words: str) -> Attack:
    """Return an attack by one spoilt file among the whole ones of a reader."""

    def make(folder: Path) -> None:
        READERS[reader].make(folder)
        spoil(folder)

    return Attack(make, READERS[reader].read, words)


def pickle_at(name: str) -> Callable[[Path], None]:
    """Put an array of Python objects in the place of a `.npy` file."""

    def spoil(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        np.save(folder / name, np.array([Canary(folder), None], dtype=object), allow_pickle=True)

    return spoil


def pickle_in(name: str, member: str) -> Callable[[Path], None]:
    """Put an array of Python objects into an NPZ file."""

    def spoil(folder: Path) -> None:
        path = next(folder.rglob(name))
        with np.load(path) as file:
            arrays = {each: file[each] for each in file.files}
        target = next(each for each in arrays if each.endswith(member))
        np.savez(path, **arrays | {target: np.array([Canary(folder)], dtype=object)})

    return spoil


def write(name: str, content: bytes | str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return spoil


def bare_pickle(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(pickle.dumps(Canary(folder)))


def mat_class(number: int) -> Callable[[Path], None]:
    """Let a variable of a MATLAB file be of another class: 3 object, 16 function handle, 17 opaque."""

    def spoil(folder: Path) -> None:
        scipy.io.savemat(folder / MAT_FILE, {"CB": np.zeros((8, 8, 3)), "fr": np.zeros((3, 2))})
        content = bytearray((folder / MAT_FILE).read_bytes())
        assert content[144] == 6  # double
        content[144] = number
        (folder / MAT_FILE).write_bytes(content)

    return spoil


def mat_bomb(folder: Path) -> None:
    """Write a MATLAB file of some kilobytes that is 400 MB when it is unpacked."""
    scipy.io.savemat(folder / MAT_FILE, {"CB": np.zeros((8, 8, 3))})
    header = (folder / MAT_FILE).read_bytes()[:128]
    packed = zlib.compress(bytes(400 << 20), 9)
    (folder / MAT_FILE).write_bytes(header + struct.pack("<II", 15, len(packed)) + packed)


def spoil_hdf5(name: str, change: Callable[[h5py.File, Path], object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        (folder / "secret").write_bytes(bytes(range(256)) * 100)
        with h5py.File(folder / "other.h5", "w") as other:
            other["x"] = np.zeros((4, 3, 60))
        with edit(folder / name) as file:
            change(file, folder)

    return spoil


def external_storage(name: str) -> Callable[[h5py.File, Path], None]:
    def change(file: h5py.File, folder: Path) -> None:
        shape = file[name].shape
        del file[name]
        file.create_dataset(name, shape, "u1", external=[(str(folder / "secret"), 0, int(np.prod(shape)))])

    return change


def virtual(name: str) -> Callable[[h5py.File, Path], None]:
    def change(file: h5py.File, folder: Path) -> None:
        shape = file[name].shape
        del file[name]
        layout = h5py.VirtualLayout(shape, "f8")
        layout[...] = h5py.VirtualSource(str(folder / "other.h5"), "x", shape)
        file.create_virtual_dataset(name, layout)

    return change


def link(name: str, link: Callable[[Path], object]) -> Callable[[h5py.File, Path], None]:
    def change(file: h5py.File, folder: Path) -> None:
        del file[name]
        file[name] = link(folder)

    return change


def huge(name: str) -> Callable[[h5py.File, Path], None]:
    def change(file: h5py.File, _folder: Path) -> None:
        shape, attributes = (*file[name].shape[:-1], 10**11), dict(file[name].attrs)
        del file[name]
        made = file.create_dataset(name, shape, "f8", chunks=(*(1 for _ in shape[1:]), 10**4))
        made.attrs.update(attributes)

    return change


def lying_tensors(folder: Path) -> None:
    header = json.dumps({"x": {"dtype": "F64", "shape": [10**6, 10**6], "data_offsets": [0, 8 * 10**12]}})
    (folder / "a.safetensors").write_bytes(struct.pack("<Q", len(header)) + header.encode() + bytes(64))


def endless_header(folder: Path) -> None:
    (folder / "a.safetensors").write_bytes(struct.pack("<Q", 2**63) + b"{}")


def session_name(folder: Path) -> None:
    file = next(folder.rglob("run.json"))
    file.write_text(file.read_text().replace('"retina"', '"../../obeyed"'))


def listing(folder: Path) -> None:
    make_run(folder / "elsewhere", "cnn")
    (folder / "runs/summary").mkdir()
    text = json.dumps({"runs": ["../elsewhere/cnn/movie-simulated/fold0/seed0"]})
    (folder / "runs/summary/runs.json").write_text(text)
