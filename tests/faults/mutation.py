"""Damage files at random: their bytes, or what they hold where the format is known."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.io

from tests.neurodata_file import edit

Draw = np.random.Generator
HEAD = 512  # bytes: half of all byte damage is done here, where formats keep their sizes
SIZES = (0, 1, -1, 2**31 - 1, -(2**31), 2**32 - 1, 2**63 - 1, 10**9)
STRANGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**30,
    1e308,
    "",
    "x",
    "\x1b[31m",
    "../..",
    [],
    [[]],
    {},
    {"x": 1},
)


def damage(path: Path, draw: Draw) -> None:
    """Damage a file in one way; a file of a known format every other time by what it holds."""
    known = FORMATS.get(path.suffix)
    if known is not None and draw.random() < 0.5:
        known(path, draw)
    else:
        path.write_bytes(damage_bytes(path.read_bytes(), draw))


def damage_bytes(content: bytes, draw: Draw) -> bytes:
    """Return bytes with one to three places changed."""
    data = bytearray(content)
    for _ in range(int(draw.integers(1, 4))):
        data = _BYTE_WAYS[int(draw.integers(len(_BYTE_WAYS)))](data, draw)
    return bytes(data)


def _at(data: bytearray, draw: Draw) -> int:
    end = min(len(data), HEAD) if draw.random() < 0.5 else len(data)
    return int(draw.integers(end)) if end else 0


def _flip_bit(data: bytearray, draw: Draw) -> bytearray:
    if data:
        data[_at(data, draw)] ^= 1 << int(draw.integers(8))
    return data


def _set_byte(data: bytearray, draw: Draw) -> bytearray:
    if data:
        data[_at(data, draw)] = int(draw.choice([0, 0xFF, 0x7F, 0x80, int(draw.integers(256))]))
    return data


def _set_size(data: bytearray, draw: Draw) -> bytearray:
    """Put a number that is no sensible length where one may be."""
    width = int(draw.choice([2, 4, 8]))
    at = _at(data, draw) // width * width
    number = SIZES[int(draw.integers(len(SIZES)))] % (1 << 8 * width)
    data[at : at + width] = number.to_bytes(width, "little")
    return data


def _cut(data: bytearray, draw: Draw) -> bytearray:
    return data[: _at(data, draw)]


def _remove(data: bytearray, draw: Draw) -> bytearray:
    start = _at(data, draw)
    return data[:start] + data[start + int(draw.integers(1, 64)) :]


def _repeat(data: bytearray, draw: Draw) -> bytearray:
    start = _at(data, draw)
    return data[: start + int(draw.integers(1, 64))] + data[start:]


def _swap(data: bytearray, draw: Draw) -> bytearray:
    """Exchange two runs of bytes, such as two lengths."""
    width, one, two = int(draw.choice([4, 8, 16])), _at(data, draw), _at(data, draw)
    first, second = data[one : one + width], data[two : two + width]
    if len(first) == len(second) == width and abs(one - two) >= width:
        data[one : one + width], data[two : two + width] = second, first
    return data


_BYTE_WAYS = (_flip_bit, _flip_bit, _set_byte, _set_size, _set_size, _cut, _remove, _repeat, _swap)


def change_array(array: np.ndarray, draw: Draw) -> np.ndarray:
    """Return an array of another shape, type or content."""
    ways: tuple[Callable[[], np.ndarray], ...] = (
        lambda: array[None],
        lambda: array[..., None],
        lambda: array.T,
        lambda: array.ravel(),
        lambda: array[:0] if array.ndim else array[None][:0],
        lambda: array[: len(array) // 2] if array.ndim else array,
        lambda: np.zeros((), array.dtype),
        lambda: np.full(array.shape, np.nan),
        lambda: np.full(array.shape, -1e30),
        lambda: np.full(array.shape, np.inf, np.float32),
        lambda: np.zeros(array.shape, np.int8),
        lambda: np.zeros(array.shape, np.complex64),
        lambda: np.zeros(array.shape, bool),
        lambda: np.full(array.shape, "x\x1b"),
        lambda: np.full(array.shape, b"\xff"),
        lambda: np.zeros(array.shape, "M8[s]"),
        lambda: np.zeros(array.shape, [("a", "i4"), ("b", "f8")]),
        lambda: np.zeros(array.shape, np.float16),
        lambda: np.full(array.shape, 2**63, np.uint64),
    )
    return ways[int(draw.integers(len(ways)))]()


def _change_npy(path: Path, draw: Draw) -> None:
    np.save(path, change_array(np.load(path), draw))


def _change_npz(path: Path, draw: Draw) -> None:
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    name = str(draw.choice(list(arrays)))
    if draw.random() < 0.3:
        arrays[str(draw.choice(["x", "a/b/c", "../x", ""]))] = arrays.pop(name)
    else:
        arrays[name] = change_array(arrays[name], draw)
    with zipfile.ZipFile(path, "w") as archive:
        for each, array in arrays.items():
            member = io.BytesIO()
            np.save(member, array)
            archive.writestr(f"{each}.npy", member.getvalue())


def _change_mat(path: Path, draw: Draw) -> None:
    arrays = {name: value for name, value in scipy.io.loadmat(path).items() if not name.startswith("__")}
    name = str(draw.choice(list(arrays)))
    inner = arrays[name]
    if inner.dtype == object and draw.random() < 0.7:  # one cell of a cell array
        cells = inner.copy()
        at = int(draw.integers(cells.size))
        cells.flat[at] = _storable(change_array(np.asarray(cells.flat[at]), draw))
        arrays[name] = cells
    else:
        arrays[name] = _storable(change_array(inner if inner.dtype != object else np.eye(3), draw))
    scipy.io.savemat(path, arrays, do_compression=bool(draw.random() < 0.5))


def _storable(array: np.ndarray) -> np.ndarray:
    """Return what MATLAB can hold: text for dates, bytes and half precision."""
    if array.dtype.kind == "S":
        return np.char.decode(array, "latin-1")
    return array.astype(str) if array.dtype.kind in "MU" or array.dtype == np.float16 else array


def change_json(value: Any, draw: Draw) -> Any:
    """Return a JSON document with one value, somewhere, gone or strange."""
    if isinstance(value, dict) and value and draw.random() < 0.9:
        name = str(draw.choice(list(value)))
        if draw.random() < 0.2:
            return {key: each for key, each in value.items() if key != name}
        return value | {name: change_json(value[name], draw)}
    if isinstance(value, list) and value and draw.random() < 0.8:
        at = int(draw.integers(len(value)))
        if draw.random() < 0.2:
            return [*value[:at], *value[at + 1 :]]
        return [*value[:at], change_json(value[at], draw), *value[at + 1 :]]
    return STRANGE[int(draw.integers(len(STRANGE)))]


def _change_json(path: Path, draw: Draw) -> None:
    path.write_text(json.dumps(change_json(json.loads(path.read_text("utf-8")), draw)), encoding="utf-8")


def _change_safetensors(path: Path, draw: Draw) -> None:
    """Let the header lie: it is JSON behind its length."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.dumps(change_json(json.loads(content[8 : 8 + length]), draw)).encode()
    told = len(header) if draw.random() < 0.8 else SIZES[int(draw.integers(len(SIZES)))] % 2**64
    path.write_bytes(struct.pack("<Q", told) + header + content[8 + length :])


def _change_hdf5(path: Path, draw: Draw) -> None:
    """Remove, rename, replace or link one object, or change one attribute."""
    with edit(path) as file:
        names: list[str] = []
        file.visit(names.append)
        if not names:
            return
        name = str(draw.choice(names))
        ways = (
            _hdf5_remove,
            _hdf5_rename,
            _hdf5_array,
            _hdf5_array,
            _hdf5_group,
            _hdf5_link,
            _hdf5_attribute,
        )
        ways[int(draw.integers(len(ways)))](file, name, draw)


def _hdf5_remove(file: h5py.File, name: str, _draw: Draw) -> None:
    del file[name]


def _hdf5_rename(file: h5py.File, name: str, _draw: Draw) -> None:
    file.move(name, f"{name}_x")


def _hdf5_array(file: h5py.File, name: str, draw: Draw) -> None:
    stored = file[name]
    if not isinstance(stored, h5py.Dataset):
        return
    attributes = dict(stored.attrs)
    values = np.asarray(stored[()])
    changed = change_array(np.zeros(values.shape) if values.dtype == object else values, draw)
    changed = changed.astype("S") if changed.dtype.kind == "U" else changed
    changed = changed.astype("i8") if changed.dtype.kind == "M" else changed
    del file[name]
    if draw.random() < 0.1:  # far more than is stored
        file.create_dataset(name, (10**5, 10**5, 10**3), "f8", chunks=(1, 100, 100))
    else:
        file[name] = changed
    for key, value in attributes.items():
        file[name].attrs[key] = value


def _hdf5_group(file: h5py.File, name: str, _draw: Draw) -> None:
    del file[name]
    file.create_group(name)


def _hdf5_link(file: h5py.File, name: str, draw: Draw) -> None:
    del file[name]
    links = (
        h5py.SoftLink("/nowhere"),
        h5py.SoftLink(f"/{name}"),  # to itself
        h5py.SoftLink("/"),
        h5py.ExternalLink("other.h5", "/x"),
        h5py.ExternalLink("../../etc/passwd", "/"),
    )
    file[name] = links[int(draw.integers(len(links)))]


def _hdf5_attribute(file: h5py.File, name: str, draw: Draw) -> None:
    attributes = file[name].attrs
    known = list(attributes)
    if not known:
        attributes["x"] = 1
        return
    key = str(draw.choice(known))
    if draw.random() < 0.3:
        del attributes[key]
    else:
        choices = (b"\xff\xfe", "x", -1, np.nan, np.zeros((2, 3)), file.ref, h5py.Empty("f4"))
        del attributes[key]
        attributes[key] = choices[int(draw.integers(len(choices)))]


FORMATS: dict[str, Callable[[Path, Draw], None]] = {
    ".npy": _change_npy,
    ".npz": _change_npz,
    ".mat": _change_mat,
    ".json": _change_json,
    ".safetensors": _change_safetensors,
    ".h5": _change_hdf5,
    ".hdf5": _change_hdf5,
    ".nwb": _change_hdf5,
}
