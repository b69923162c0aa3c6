"""Open the arrays of a SENSORIUM folder, one file each, without reading them."""

from pathlib import Path

import numpy as np

from sysid import SysidError, open_npy


def open_array(path: Path) -> np.ndarray:
    """Return a file's array, mapped into memory: what is sliced is read.

    Raises:
        SysidError: the file is not there, no `.npy` file, cut short, or holds Python objects.
    """
    return open_npy(path, "an array")


def open_numbers(path: Path) -> np.ndarray:
    """Return a file's array, mapped into memory.

    Raises:
        SysidError: as in `open_array`, or it holds something else than real numbers.
    """
    array = open_array(path)
    if array.dtype.kind not in "buif":
        raise SysidError(f"{path}: expected numbers, got {array.dtype}")
    return array
