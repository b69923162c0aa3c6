"""The rows of a summary as CSV."""

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from sysid.csv_cell import guard_cell

if TYPE_CHECKING:
    from sysid.summary import Row

NUMBERS = (
    "population_correlation",
    "max_correlation",
    "normalized_correlation",
    "feve",
    "bits_per_spike",
)
COLUMNS = (
    *("variant", "dataset", "session", "simulated", "folds", "seeds", "cells"),
    *("correlation", "standard_error", "low", "high", "seed_correlations"),
    *NUMBERS,
)


def score_table(rows: Iterable["Row"]) -> str:
    """Return the rows as CSV, sessions below what they are part of; an empty cell is a score not defined."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in (each for pooled in rows for each in (pooled, *pooled.sessions)):
        interval = row.correlation
        shown = [interval.estimate, interval.standard_error, interval.low, interval.high]
        seeds = " ".join(f"{value:.4f}" for value in row.seed_correlations)
        counts = [row.variant, row.dataset, row.session, row.simulated, row.folds, row.seeds, row.cells]
        numbers = (_cell(getattr(row, name)) for name in NUMBERS)
        writer.writerow([*map(guard_cell, counts), *map(_cell, shown), seeds, *numbers])
    return text.getvalue()


def _cell(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.4f}"
