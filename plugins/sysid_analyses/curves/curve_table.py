"""Write the tables of a curve: its points, and what changes along its lines."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sysid import Table
from sysid_analyses.curves.curve_change import Change
from sysid_analyses.curves.curve_point import Measured
from sysid_analyses.table import write_table

COLUMNS = (
    *("panel", "series", "variant", "dataset", "x", "seed", "simulated", "folds", "cells"),
    *("value", "se", "low", "high"),
)


def write_tables(folder: Path, measured: Sequence[Measured], changes: Sequence[Change]) -> tuple[Table, ...]:
    """Write `curve.csv` and, where a line has two points, `changes.csv`."""
    write_table(folder / "curve.csv", COLUMNS, (row for each in measured for row in _rows(each)))
    points = Table(
        "curve.csv",
        "One point a row, with standard error and 95 % interval; a row with a seed is that seed alone.",
    )
    if not changes:
        return (points,)
    columns = ("panel", "series", "first", "last", "difference", "low", "high", "same_bins")
    rows = [
        (
            *(each.first.panel, each.first.point.series, each.first.place, each.last.place),
            *(each.difference, each.low, each.high, each.paired),
        )
        for each in changes
    ]
    write_table(folder / "changes.csv", columns, rows)
    return points, Table(
        "changes.csv",
        "One line a row: its last point minus its first, with the 95 % interval of this line alone; where "
        "the two do not predict the same bins and cells, they are taken for independent.",
    )


def _rows(each: Measured) -> Iterator[tuple[object, ...]]:
    """Yield the row of a point and one for each of its seeds."""
    point, ensemble, value = each.point, each.ensemble, each.value
    folds = None if ensemble is None else len(ensemble.folds)
    cells = None if ensemble is None else int(np.isfinite(ensemble.cell_correlations()).sum())
    where = (each.panel, point.series, point.variant, each.dataset, each.place)
    size = (each.simulated, folds, cells)
    yield (*where, None, *size, value.estimate, value.standard_error, value.low, value.high)
    for seed, score in each.by_seed.items():
        yield (*where, seed, *size, score, None, None, None)
