"""Find the interval tables of a file, and when their rows are."""

import numpy as np
import pynwb
from jaxtyping import Float64
from pynwb.epoch import TimeIntervals

from sysid_datasets.neurodata.library_error import guard
from sysid_datasets.neurodata.opening import locate


def list_tables(file: pynwb.NWBFile) -> dict[str, TimeIntervals]:
    """Return all interval tables by name but that of invalid times."""
    tables = {name: each for name, each in file.stimulus.items() if isinstance(each, TimeIntervals)}
    tables |= dict(file.intervals) if file.intervals is not None else {}
    for name in ("trials", "epochs"):
        table = getattr(file, name)
        if table is not None:
            tables[name] = table
    return {name: table for name, table in tables.items() if name != "invalid_times"}


def read_intervals(file: pynwb.NWBFile) -> dict[str, Float64[np.ndarray, "interval 2"]]:
    """Return start and stop of the rows of every interval table; rows that lack one of both are left out.

    Raises:
        SysidError: times that cannot be read or are no numbers.
    """
    intervals = {}
    for name, table in list_tables(file).items():
        with guard(locate(table)):
            times_s = [
                np.asarray(table[end].data[:], dtype=np.float64) for end in ("start_time", "stop_time")
            ]
            both = np.stack(times_s, axis=1)
        intervals[name] = both[np.isfinite(both).all(axis=1)]
    return intervals
