"""Read a ragged column of a table: all values end to end, and where those of each row begin."""

from typing import Any

import numpy as np
from hdmf.common import DynamicTable, VectorIndex
from jaxtyping import Int64

from sysid import SysidError
from sysid_datasets.neurodata.library_error import guard
from sysid_datasets.neurodata.opening import locate


def find_ragged(table: DynamicTable, name: str) -> tuple[Any, Int64[np.ndarray, " edge"]]:
    """Return the values of all rows as they lie on disk, and (row + 1,) where those of each row begin.

    Row r has `values[bounds[r] : bounds[r + 1]]`.

    Raises:
        SysidError: the column has no index, or one that does not fit the table or the values.
    """
    place = f"{locate(table)}/{name}"
    column = table[name]
    if not isinstance(column, VectorIndex):
        raise SysidError(
            f"{place}: expected an index {name}_index that says which values each row has, got none"
        )
    if isinstance(column.target, VectorIndex):
        raise SysidError(f"{place}: expected one list of values in each row, got lists of lists")
    with guard(place):
        values = column.target.data
        stops = np.asarray(column.data[:])
        count = len(values)
    if stops.dtype.kind not in "iu" or stops.ndim != 1 or len(stops) != len(table):
        raise SysidError(
            f"{place}_index: expected {len(table)} whole numbers, one per row, got {stops.dtype} of shape "
            f"{stops.shape}"
        )
    # unsigned as stored: a difference of such would wrap around
    bounds = np.append(0, stops.astype(np.int64))
    wrong = (np.diff(bounds) < 0) | (bounds[1:] > count)
    if wrong.any():
        at = int(wrong.argmax())
        raise SysidError(
            f"{place}_index: expected increasing numbers up to {count}, got {bounds[at + 1]} after "
            f"{bounds[at]} in row {at}"
        )
    return values, bounds
