"""Find the brain area of every unit."""

import collections
import itertools

import numpy as np
from hdmf.common import DynamicTable, DynamicTableRegion, VectorIndex

from sysid_datasets.neurodata.column import read_column
from sysid_datasets.neurodata.opening import Opened, reading
from sysid_datasets.neurodata.ragged import find_ragged

AREA_COLUMNS = ("location", "area", "brain_area", "ecephys_structure_acronym", "structure_acronym")
PEAK = "peak_channel_id"


def find_areas(opened: Opened, units: DynamicTable) -> list[str] | None:
    """Return the area of every unit, "" where it is not known; None where the file does not tell areas.

    A column of the table says so, else the electrodes that the unit refers to (the area of most of them),
    else the electrode whose id is the unit's `peak_channel_id`.

    Raises:
        SysidError: a column is damaged.
    """
    own = _read_areas(units)
    if own is not None:
        return own
    electrodes = opened.file.electrodes
    if "electrodes" in units.colnames:
        return _by_reference(opened, units, electrodes)
    if PEAK in units.colnames and electrodes is not None:
        return _by_peak(units, electrodes)
    return None


def _read_areas(table: DynamicTable) -> list[str] | None:
    for name in AREA_COLUMNS:
        values = read_column(table, name) if name in table.colnames else None
        if values is not None and values.dtype.kind == "U":
            return values.tolist()
    return None


def _by_reference(opened: Opened, units: DynamicTable, electrodes: DynamicTable | None) -> list[str] | None:
    column = units["electrodes"]
    target = column.target if isinstance(column, VectorIndex) else column
    if isinstance(target, DynamicTableRegion) and target.table is not None:
        electrodes = target.table
    areas = None if electrodes is None else _read_areas(electrodes)
    if areas is None:
        return None
    if isinstance(column, VectorIndex):
        values, bounds = find_ragged(units, "electrodes")
    else:
        values, bounds = column.data, np.arange(len(units) + 1)
    with reading(opened, units):
        rows = np.asarray(values[:]).ravel().astype(np.int64).tolist()
    known = [areas[row] if 0 <= row < len(areas) else "" for row in rows]
    return [_most_common(known[first:stop]) for first, stop in itertools.pairwise(bounds)]


def _by_peak(units: DynamicTable, electrodes: DynamicTable) -> list[str] | None:
    areas, peaks = _read_areas(electrodes), read_column(units, PEAK)
    if areas is None or peaks is None or peaks.dtype.kind != "f":
        return None
    ids = np.asarray(electrodes.id.data[:]).astype(np.float64).tolist()
    area_of = dict(zip(ids, areas, strict=True))
    return [area_of.get(peak, "") for peak in peaks.tolist()]


def _most_common(areas: list[str]) -> str:
    return collections.Counter(areas).most_common(1)[0][0] if areas else ""
