"""Say what the unit tables of a file are like."""

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from pynwb.misc import Units

from sysid_datasets.neurodata.interval import Intervals, merge
from sysid_datasets.neurodata.opening import Opened, reading
from sysid_datasets.neurodata.ragged import find_ragged
from sysid_datasets.neurodata.spike_train import AT_ONCE, SPIKES, check_times
from sysid_datasets.neurodata.spikes import OBSERVED, read_observed
from sysid_datasets.neurodata.summary.column import Column, summarize, summarize_columns
from sysid_datasets.neurodata.unit_area import find_areas


@attrs.frozen
class UnitTable:
    """Hold what a unit table has.

    Attributes:
        place: where it is in the file.
        count: how many units.
        spikes: of all of them; None where the table has no spike times.
        span_s: the first and the last spike; None where none has a time.
        observed: whether units have `obs_intervals`.
        recorded_s: intervals in which any unit was observed; one without `obs_intervals` throughout `span_s`.
        areas: brain areas and how many units are in each, the most frequent first.
        columns: one can filter by.
    """

    place: str
    count: int
    spikes: int | None
    span_s: tuple[float, float] | None
    observed: bool
    recorded_s: tuple[tuple[float, float], ...]
    areas: tuple[tuple[str, int], ...]
    columns: tuple[Column, ...]


def summarize_units(opened: Opened) -> Iterator[UnitTable]:
    """Yield every unit table of the file, the one at /units first.

    Raises:
        SysidError: a table is damaged, or has times that are none.
    """
    found = [each for each in opened.file.objects.values() if isinstance(each, Units)]
    for units in sorted(found, key=lambda each: (each is not opened.file.units, opened.where(each))):
        yield _summarize(opened, units)


def _summarize(opened: Opened, units: Units) -> UnitTable:
    place = f"{opened.path}: {opened.where(units)}"
    times = find_ragged(units, SPIKES)[0] if SPIKES in units.colnames else None
    observed_s = []
    if times is not None:
        check_times(times, place)
        observed_s = read_observed(units, place)
    with reading(opened, units):
        span_s = None if times is None else _find_span(times)
    return UnitTable(
        place=opened.where(units),
        count=len(units),
        spikes=None if times is None else len(times),
        span_s=span_s,
        observed=OBSERVED in units.colnames,
        recorded_s=_find_recorded(observed_s, span_s),
        areas=_count_areas(opened, units),
        columns=tuple(summarize_columns(units, leave_out=(SPIKES, OBSERVED, "electrode_group"))),
    )


def _find_span(times: Any) -> tuple[float, float] | None:
    """Return the lowest and the highest time, reading a part at a time; None where no spike has a time."""
    lowest, highest = np.inf, -np.inf
    for start in range(0, len(times), AT_ONCE):
        part = np.asarray(times[start : start + AT_ONCE], dtype=np.float64)
        known = part[np.isfinite(part)]
        lowest, highest = float(known.min(initial=lowest)), float(known.max(initial=highest))
    return (lowest, highest) if lowest <= highest else None


def _find_recorded(
    observed_s: list[Intervals], span_s: tuple[float, float] | None
) -> tuple[tuple[float, float], ...]:
    """Return when any unit was observed, from the intervals of each."""
    throughout = any(not len(each) for each in observed_s) and span_s is not None
    return merge(
        np.concatenate([np.empty((0, 2)), *observed_s, *([np.array([span_s])] if throughout else [])])
    )


def _count_areas(opened: Opened, units: Units) -> tuple[tuple[str, int], ...]:
    """Return areas and how many units are in each; empty where the file does not say."""
    areas = find_areas(opened, units)
    found = summarize("area", areas) if areas is not None else None
    return () if found is None else tuple((area, count) for area, count in found.counts if area)
