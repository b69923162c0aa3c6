"""Open the arrays of a SENSORIUM folder, one file each, without reading them."""

from pathlib import Path

import numpy as np

from sysid import SysidError


def open_array(path: Path) -> np.ndarray:
    """Return a file's array, mapped into memory: what is sliced is read.

    Raises:
        SysidError: the file is not there, no `.npy` file, cut short, or holds Python objects.
    """
    if not path.is_file():
        raise SysidError(f"{path}: expected a file, got none")
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())
        raise SysidError(f"{path}: expected an array as numpy.save writes it, got {said}") from error


def open_numbers(path: Path) -> np.ndarray:
    """Return a file's array, mapped into memory.

    Raises:
        SysidError: as in `open_array`, or it holds something else than real numbers.
    """
    array = open_array(path)
    if array.dtype.kind not in "buif":
        raise SysidError(f"{path}: expected numbers, got {array.dtype}")
    return array
