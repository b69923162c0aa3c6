"""Read a table's column that has one text or one number in each row."""

from typing import Any

import numpy as np
from hdmf.common import DynamicTable, DynamicTableRegion, EnumData, VectorIndex
from hdmf.container import AbstractContainer

from sysid_datasets.neurodata.library_error import guard
from sysid_datasets.neurodata.opening import locate


def read_column(table: DynamicTable, name: str) -> np.ndarray | None:
    """Return a column as (row,) texts or float64 numbers; None where its rows hold anything else.

    Booleans become the texts "True" and "False", the terms of an enumeration and names of objects referred
    to (electrode groups) texts. Lists in the rows and references to tables are neither text nor number.

    Raises:
        SysidError: the column is damaged.
    """
    column = table[name]
    if isinstance(column, VectorIndex | DynamicTableRegion) or len(np.shape(column.data)) != 1:
        return None
    with guard(f"{locate(table)}/{name}"):
        values = column[:] if isinstance(column, EnumData) else column.data[:]
        return to_plain(values)


def to_plain(values: Any) -> np.ndarray | None:
    """Return (row,) texts or float64 numbers, None for what is neither."""
    values = np.asarray(values)
    if values.dtype.kind in "iuf":
        return values.astype(np.float64)
    if values.dtype.kind in "bU":
        return values.astype(str)
    if values.dtype.kind not in "SO":
        return None
    texts = [_to_text(each) for each in values]
    return None if any(text is None for text in texts) else np.array(texts, dtype=str)


def read_properties(table: DynamicTable, leave_out: tuple[str, ...] = ()) -> list[dict[str, str | float]]:
    """Return what each row says by column, text or number; missing numbers and empty texts are left out."""
    rows: list[dict[str, str | float]] = [{} for _ in range(len(table))]
    for name in table.colnames:
        values = None if name in leave_out else read_column(table, name)
        if values is None or len(values) != len(rows):
            continue
        for row, value in zip(rows, values.tolist(), strict=True):
            if value == value and value != "":  # NaN differs from itself
                row[name] = value
    return rows


def read_ids(table: DynamicTable) -> list[str]:
    """Return the `id` of every row as text; where some are the same, each with its row: `7 (row 12)`.

    Raises:
        SysidError: the ids are damaged.
    """
    with guard(f"{locate(table)}/id"):
        ids = [str(each) for each in np.asarray(table.id.data[:]).tolist()]
    if len(set(ids)) == len(ids):
        return ids
    return [f"{each} (row {row})" for row, each in enumerate(ids)]


def _to_text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, str | bool | np.bool_):
        return str(value)
    return value.name if isinstance(value, AbstractContainer) else None
