"""Go once through the spike times of a unit table, which lie end to end."""

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from hdmf.common import DynamicTable
from jaxtyping import Bool, Float64, Int64

from sysid import SysidError
from sysid_datasets.neurodata.block import blocks
from sysid_datasets.neurodata.library_error import guard
from sysid_datasets.neurodata.ragged import find_ragged

SPIKES = "spike_times"
AT_ONCE = 1 << 22  # spike times read in one go, unless one unit has more: 32 MB


@attrs.define
class Collected:
    """What one pass over all spikes finds.

    Attributes:
        times_s: of the chosen units, in order.
        spans_s: [[first, last]] spike of every unit without obs_intervals.
        disordered: how many of the chosen units had spikes out of order.
        unknown: how many of their spikes have no time.
    """

    times_s: list[np.ndarray] = attrs.Factory(list)
    spans_s: list[np.ndarray] = attrs.Factory(list)
    disordered: int = 0
    unknown: int = 0

    def note(self) -> Iterator[str]:
        """Yield a line on each thing that was mended."""
        if self.disordered:
            yield f"units: spike times of {self.disordered} units were not in order: sorted"
        if self.unknown:
            yield f"units: {self.unknown} spikes without a time (NaN) are left out"


def collect_trains(
    units: DynamicTable, rows: Int64[np.ndarray, " unit"], unbounded: Bool[np.ndarray, " row"], place: str
) -> Collected:
    """Return the spikes of the units in some rows, and when those without obs_intervals had spikes.

    Args:
        units: their table.
        rows: of the units to keep, increasing.
        unbounded: marks the units without obs_intervals.
        place: of the table, for messages.

    Raises:
        SysidError: the spike times are no numbers, damaged, or do not fit their index.
    """
    found, chosen = Collected(), set(rows.tolist())
    for row, stored_s in enumerate(_read_trains(units, place)):
        train_s = stored_s[np.isfinite(stored_s)]
        ordered = bool((np.diff(train_s) >= 0).all())
        train_s = train_s if ordered else np.sort(train_s)
        if unbounded[row] and len(train_s):
            found.spans_s.append(train_s[[0, -1]][None])
        if row in chosen:
            found.times_s.append(train_s)
            found.disordered += not ordered
            found.unknown += len(stored_s) - len(train_s)
    return found


def check_times(values: Any, place: str) -> None:
    """Refuse spike times that are no numbers: numpy would read digits that are text.

    Args:
        values: of all units end to end, as the file has them.
        place: of the table, for the message.

    Raises:
        SysidError: they are something else.
    """
    dtype = np.asarray(values[:0]).dtype
    if dtype.kind not in "iuf" and len(values):
        got = "text" if dtype.kind in "OSU" else str(dtype)
        raise SysidError(f"{place}/{SPIKES}: expected seconds as numbers, got {got}")


def _read_trains(units: DynamicTable, place: str) -> Iterator[Float64[np.ndarray, " spike"]]:
    """Yield the spike times of each unit, many units read in one go."""
    values, bounds = find_ragged(units, SPIKES)
    check_times(values, place)
    for first, stop in blocks(bounds, AT_ONCE):
        with guard(f"{place}/{SPIKES}"):
            flat_s = np.asarray(values[bounds[first] : bounds[stop]], dtype=np.float64)
        yield from np.split(flat_s, bounds[first + 1 : stop] - bounds[first])
