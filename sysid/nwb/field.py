"""Receptive fields as tables in an NWB file: maps and time courses as columns of arrays."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pynwb.core import DynamicTable, DynamicTableRegion, VectorData

from sysid.errors import SysidError
from sysid.field_map import SOURCES, FieldMaps
from sysid.nwb.prediction import SessionNames

WORDS = {"data": "the recorded responses", "model": "what the model predicts"}


def make_field_tables(
    names: SessionNames, analysis: Path, found: tuple[FieldMaps, ...], neurons: DynamicTable
) -> Iterator[DynamicTable]:
    """Yield a table of the fields of one session for each source that an analysis has.

    Args:
        names: of the session's objects.
        analysis: its folder, whose name is the analysis'.
        found: what it left there.
        neurons: of the session.

    Raises:
        SysidError: fields of a neuron that the session has not.
    """
    for maps in found:
        for source in SOURCES:
            rows = maps.select(names.session, source)
            if len(rows):
                yield _make_table(names, analysis, maps, rows, source, neurons)


def _make_table(
    names: SessionNames,
    analysis: Path,
    maps: FieldMaps,
    rows: np.ndarray,
    source: str,
    neurons: DynamicTable,
) -> DynamicTable:
    ids = [maps.neuron[row] for row in rows]
    reasons = [maps.reason[row] for row in rows]
    lag_s = np.tile(maps.lag_s, (len(rows), 1))
    columns = (
        ("neuron", "identity in the source", ids),
        ("found", "whether this is a receptive field", [not reason for reason in reasons]),
        ("reason", "why it is none; empty where it is one", reasons),
        ("centre_px", "fitted centre (x, y) in stimulus pixels, y down; NaN = none", maps.centre[rows]),
        ("widths_px", "standard deviations of the fit in pixels, the larger first", maps.widths[rows]),
        ("angle_rad", "of the larger one, from the x axis towards y (down)", maps.angle[rows]),
        ("spatial", "map (height, width), row 0 at the top, unit norm", maps.spatial[rows]),
        ("temporal", "time course (lag), unit norm", maps.temporal[rows]),
        ("lag_s", "how long before the bin's own frame each lag was on screen, in seconds", lag_s),
    )
    region = DynamicTableRegion(
        name="neuron_row",
        description=f"row in {names.neurons}",
        data=_find_rows(analysis, ids, neurons),
        table=neurons,
    )
    return DynamicTable(
        name=names.fields(analysis.name, source),
        description=f"Receptive fields of {WORDS[source]}, session {names.session}, by {analysis.name}",
        columns=[
            region,
            *(VectorData(name=name, description=meaning, data=data) for name, meaning, data in columns),
        ],
    )


def _find_rows(analysis: Path, ids: list[str], neurons: DynamicTable) -> list[int]:
    row_of = {neuron: row for row, neuron in enumerate(neurons["neuron"].data)}
    unknown = [neuron for neuron in ids if neuron not in row_of]
    if unknown:
        raise SysidError(
            f'{analysis}: neuron: expected neurons of the run, got "{unknown[0]}", which is none of them'
        )
    return [row_of[neuron] for neuron in ids]
