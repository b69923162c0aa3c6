"""Read the spikes of a unit table and count them in bins."""

import itertools
from collections.abc import Iterator, Sequence

import attrs
import numpy as np
from hdmf.common import DynamicTable
from jaxtyping import Float32, Float64, Int64

from sysid import Neuron, SysidError
from sysid_datasets.neurodata.column import read_ids, read_properties
from sysid_datasets.neurodata.interval import SAME_S, check_intervals, covered, overlaps
from sysid_datasets.neurodata.library_error import guard
from sysid_datasets.neurodata.opening import Opened
from sysid_datasets.neurodata.ragged import find_ragged
from sysid_datasets.neurodata.responses import Responses
from sysid_datasets.neurodata.spike_train import SPIKES, collect_trains
from sysid_datasets.neurodata.unit_area import find_areas
from sysid_datasets.neurodata.unit_choice import choose_units
from sysid_datasets.neurodata.unit_filter import UnitFilter

OBSERVED = "obs_intervals"
Intervals = Float64[np.ndarray, "_ 2"]  # units differ in how many they have


@attrs.frozen(eq=False)
class Units:
    """Spikes of the units that were chosen; see `Responses`.

    Attributes:
        neurons: with the `id` of the table and what its columns say.
        times_s: of the spikes of each unit, in order.
        observed_s: when each unit was observed; without intervals, throughout the span.
        span_s: when any unit of the table was observed, those that were not chosen included.
        notes: on the choice.
        kind, unit: of the responses.
        gap_s: spikes are in memory, so that any bins can be asked for in one go.
    """

    neurons: tuple[Neuron, ...]
    times_s: tuple[np.ndarray, ...]
    observed_s: tuple[np.ndarray, ...]
    span_s: tuple[float, float]
    notes: tuple[str, ...] = ()
    kind: str = "spikes"
    unit: str = "spikes"
    gap_s: float = float("inf")

    def in_bins(self, edges_s: Float64[np.ndarray, " edge"]) -> Float32[np.ndarray, "bin neuron"]:
        """Count spikes in [edge k, edge k + 1); NaN where a bin is not wholly in what was observed.

        For units that were observed throughout, the bin of the first spike and that of the last count.
        """
        throughout = overlaps(edges_s, np.array([self.span_s]) + np.array([0.0, 2 * SAME_S]))
        counts = np.empty((len(edges_s) - 1, len(self.neurons)), dtype=np.float32)
        for column, (times_s, observed_s) in enumerate(zip(self.times_s, self.observed_s, strict=True)):
            count = np.diff(np.searchsorted(times_s, edges_s, side="left"))
            observed = covered(edges_s, observed_s) if len(observed_s) else throughout
            counts[:, column] = np.where(observed, count, np.nan)
        return counts


def read_units(
    opened: Opened, filters: tuple[UnitFilter, ...], areas: tuple[str, ...], preset: str | None
) -> Responses:
    """Read the spikes of the units in /units that pass all filters and lie in one of the areas.

    A unit without `obs_intervals` counts as observed throughout: from the first spike of any such unit, or
    the first interval of another, to the last.

    Raises:
        SysidError: no table, no units, no spikes, a column that is damaged or unknown, or no unit passes.
    """
    place = f"{opened.path}: units"
    units = _find_table(opened, place)
    area_of_unit = find_areas(opened, units)
    choice = choose_units(units, place, filters, preset, areas, area_of_unit)
    intervals = read_observed(units, place)
    found = collect_trains(units, choice.rows, np.array([not len(each) for each in intervals]), place)
    span_s = _find_span([each for each in (*intervals, *found.spans_s) if len(each)], len(units), place)
    own = [intervals[row] for row in choice.rows]
    return Units(
        neurons=_describe(units, choice.rows, area_of_unit),
        times_s=tuple(found.times_s),
        observed_s=tuple(own),
        span_s=span_s,
        notes=(*choice.notes, *found.note(), *_note_observed(own)),
    )


def _find_table(opened: Opened, place: str) -> DynamicTable:
    units = opened.file.units
    if units is None:
        raise SysidError(f"{place}: expected a table of units, got none in this file")
    if not len(units):
        raise SysidError(f"{place}: expected units, got an empty table")
    if SPIKES not in units.colnames:
        columns = ", ".join(units.colnames) or "no columns"
        raise SysidError(f"{place}: expected {SPIKES}, got {len(units)} units without, with {columns}")
    return units


def read_observed(units: DynamicTable, place: str) -> list[Intervals]:
    """Return the obs_intervals of every unit, (0, 2) where it has none.

    Args:
        units: their table.
        place: of the table, for messages.

    Raises:
        SysidError: the column is damaged, or holds intervals that cannot be.
    """
    if OBSERVED not in units.colnames:
        return [np.empty((0, 2))] * len(units)
    values, bounds = find_ragged(units, OBSERVED)
    shape = np.shape(values)
    if shape[1:] != (2,) and shape[0]:
        raise SysidError(f"{place}/{OBSERVED}: expected a start and a stop in each row, got shape {shape}")
    with guard(f"{place}/{OBSERVED}"):
        flat_s = np.asarray(values[:], dtype=np.float64).reshape(-1, 2)
    check_intervals(flat_s, f"{place}/{OBSERVED}")
    return [flat_s[first:stop] for first, stop in itertools.pairwise(bounds)]


def _find_span(observed_s: Sequence[Intervals], count: int, place: str) -> tuple[float, float]:
    """Return when anything was observed at all."""
    if not observed_s:
        raise SysidError(f"{place}/{SPIKES}: expected spikes, got none in {count} units")
    return min(float(each.min()) for each in observed_s), max(float(each.max()) for each in observed_s)


def _describe(
    units: DynamicTable, rows: Int64[np.ndarray, " unit"], area_of_unit: list[str] | None
) -> tuple[Neuron, ...]:
    ids, properties = read_ids(units), read_properties(units, leave_out=(SPIKES, OBSERVED))
    if area_of_unit is not None:
        for own, area in zip(properties, area_of_unit, strict=True):
            if area:
                own.setdefault("area", area)
    return tuple(Neuron(ids[row], properties=properties[row]) for row in rows)


def _note_observed(observed_s: Sequence[Intervals]) -> Iterator[str]:
    count = sum(len(each) > 0 for each in observed_s)
    if count:
        yield (
            f"units: {count} of {len(observed_s)} have obs_intervals: bins that are "
            "not wholly in one are masked"
        )
