"""Say what is missing in a file that pynwb cannot make sense of, where its own words do not."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

from sysid_datasets.neurodata.library_error import READ_ERRORS

INDEX = "_index"


def diagnose(path: Path) -> str | None:
    """Return where something is missing and what, None where nothing is found to be."""
    with contextlib.suppress(*READ_ERRORS), h5py.File(path, "r") as file:
        return file.visititems(lambda name, held: next(_find_missing(name, held), None))
    return None


def _find_missing(name: str, held: h5py.Group | h5py.Dataset) -> Iterator[str]:
    """Yield what is wrong with the columns of a table, and references to what is not there."""
    if isinstance(held, h5py.Group) and "colnames" in held.attrs:
        yield from _find_broken_columns(name, held)
    for attribute, value in held.attrs.items():
        if isinstance(value, h5py.Reference) and not _refers_to_something(held.file, value):
            of = f" ({name.removesuffix(INDEX)})" if name.endswith(INDEX) else ""
            yield f"{name}: expected what `{attribute}` refers to{of}, got nothing there"


def _find_broken_columns(name: str, table: h5py.Group) -> Iterator[str]:
    """Yield columns that a table lists and has not, and that columns are of different length."""
    rows = dict[str, int]()
    for stored in np.atleast_1d(table.attrs["colnames"]):
        column = stored.decode() if isinstance(stored, bytes) else str(stored)
        index = table.get(f"{column}{INDEX}")
        if column not in table:
            also = "" if index is None else ", only its index"
            yield f'{name}: expected the column "{column}", which `colnames` lists, got none{also}'
        held = table.get(column) if index is None else index
        if isinstance(held, h5py.Dataset) and held.shape:
            rows[column if index is None else f"{column}{INDEX}"] = held.shape[0]
    if len(set(rows.values())) > 1:
        told = ", ".join(f"{column} {count}" for column, count in rows.items())
        yield f"{name}: expected columns of one length, got {told}; one that has lists needs an {INDEX}"


def _refers_to_something(file: h5py.File, reference: h5py.Reference) -> bool:
    try:
        return file[reference].name is not None
    except READ_ERRORS:
        return False
