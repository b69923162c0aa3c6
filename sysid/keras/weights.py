"""Read the HDF5 of Keras weights, array by array, in the order of the file."""

from pathlib import Path

import h5py
import numpy as np

from sysid.errors import SysidError
from sysid.hdf5_check import check_dataset
from sysid.keras.slot import Slot, WeightedLayer

# what h5py raises for damaged files, found by damaging them
BROKEN_FILE = (OSError, RuntimeError, ValueError, KeyError, TypeError, SystemError, MemoryError)


def read_weights(file: Path, weighted: tuple[WeightedLayer, ...]) -> dict[str, np.ndarray]:
    """Return every array by the name it has in the state dict, float32, with torch's axes.

    Args:
        file: by `model.save_weights` or, with everything below the group `model_weights`, `model.save`.
        weighted: which layers have weights, and what is expected of each array.

    Raises:
        SysidError: no such file, not HDF5, or other layers, counts, shapes or values than expected.
    """
    if not file.is_file():
        raise SysidError(f"{file}: no such file")
    try:
        with h5py.File(file, "r") as content:
            return _read(file, content, weighted)
    except BROKEN_FILE as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise SysidError(f"{file}: expected Keras weights as HDF5: {why}") from error


def _read(file: Path, content: h5py.File, weighted: tuple[WeightedLayer, ...]) -> dict[str, np.ndarray]:
    top = content.get("model_weights") if "layer_names" not in content.attrs else content
    if not isinstance(top, h5py.Group) or "layer_names" not in top.attrs:
        raise SysidError(f'{file}: expected Keras weights (attribute "layer_names"), found none')
    found = {name: _names(top.get(name), "weight_names") for name in _names(top, "layer_names")}
    found = {name: arrays for name, arrays in found.items() if arrays}
    if len(found) != len(weighted):
        names = ", ".join(each.layer.name for each in weighted)
        raise SysidError(
            f"{file}: expected the weights of {len(weighted)} layers ({names}), "
            f"got those of {len(found)} ({', '.join(found)})"
        )
    arrays: dict[str, np.ndarray] = {}
    for (name, paths), each in zip(found.items(), weighted, strict=True):
        known = each.layer.name if name == each.layer.name else f'{each.layer.name} ("{name}" in the file)'
        where = f"{file}: layer {known}"
        if len(paths) != len(each.slots):
            wanted, got = ", ".join(slot.what for slot in each.slots), ", ".join(paths)
            raise SysidError(
                f"{where}: expected {len(each.slots)} arrays ({wanted}), got {len(paths)} ({got})"
            )
        for path, slot in zip(paths, each.slots, strict=True):
            arrays[slot.target] = _read_array(file, top[name].get(path), slot, f"{where}: {slot.what}")
    return arrays


def _names(group: h5py.Group | None, attribute: str) -> list[str]:
    """Return a list of names, which Keras stores as bytes; nothing where there is none."""
    stored = group.attrs.get(attribute, ()) if isinstance(group, h5py.Group) else ()
    return [each.decode() if isinstance(each, bytes) else str(each) for each in np.ravel(stored)]


def _read_array(file: Path, dataset: object, slot: Slot, where: str) -> np.ndarray:
    """Read one array after its shape was found right."""
    if not isinstance(dataset, h5py.Dataset):
        raise SysidError(f"{where}: expected an array, found none")
    if dataset.shape != slot.shape:
        raise SysidError(f"{where}: expected shape {slot.shape}, got {dataset.shape}")
    if dataset.dtype.kind != "f":
        raise SysidError(f"{where}: expected floating-point numbers, got {dataset.dtype}")
    if dataset.file.filename != str(file):
        raise SysidError(f"{where}: expected an array in this file, got a link to {dataset.file.filename}")
    check_dataset(dataset, where, whole=True)
    array = np.asarray(dataset[()], dtype=np.float32)
    if not np.isfinite(array).all():
        raise SysidError(f"{where}: expected finite numbers, got NaN or infinity")
    if array.min() < slot.at_least:
        raise SysidError(f"{where}: expected at least {slot.at_least:g}, got {array.min():g}")
    return np.ascontiguousarray(slot.convert(array))
