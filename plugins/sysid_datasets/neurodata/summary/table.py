"""Say what the interval tables of a file are like: what was shown or done, and when."""

from collections.abc import Iterator

import attrs
import numpy as np
from pynwb import NWBFile
from pynwb.epoch import TimeIntervals

from sysid_datasets.neurodata.column import read_column
from sysid_datasets.neurodata.interval_table import list_tables
from sysid_datasets.neurodata.summary.column import Column, summarize_columns

TIMES = ("start_time", "stop_time")


@attrs.frozen
class IntervalTable:
    """Hold what one interval table has.

    Attributes:
        name: of the table, as a recipe has it.
        rows: how many intervals.
        start_s, stop_s: the first start and the last stop; NaN without rows.
        columns: what is known of each interval beside its times.
    """

    name: str
    rows: int
    start_s: float
    stop_s: float
    columns: tuple[Column, ...]

    def find(self, *names: str) -> Column | None:
        """Return the first of the columns that is there by one of these names, whatever their case."""
        known = {column.name.lower(): column for column in self.columns}
        return next((known[name] for name in names if name in known), None)


def summarize_tables(file: NWBFile) -> Iterator[IntervalTable]:
    """Yield every interval table, but for the invalid times."""
    for name, table in sorted(list_tables(file).items()):
        start_s, stop_s = (_read_times(table, column) for column in TIMES)
        yield IntervalTable(
            name=name,
            rows=len(table),
            start_s=float(start_s.min()) if start_s.size else float("nan"),
            stop_s=float(stop_s.max()) if stop_s.size else float("nan"),
            columns=tuple(summarize_columns(table, leave_out=TIMES)),
        )


def _read_times(table: TimeIntervals, name: str) -> np.ndarray:
    """Return those times that are finite numbers; whoever uses the table says what the others are."""
    values = read_column(table, name)
    return values[np.isfinite(values)] if values is not None and values.dtype.kind == "f" else np.empty(0)
