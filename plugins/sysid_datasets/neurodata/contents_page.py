"""Lay out what is in an NWB file as sections of titled lines and tables."""

from collections.abc import Iterator

from sysid_datasets.neurodata.contents import Contents
from sysid_datasets.neurodata.summary.table import IntervalTable
from sysid_datasets.neurodata.summary.unit import UnitTable
from sysid_datasets.neurodata.summary.wording import count, describe_duration, describe_share, describe_span

Section = tuple[str, tuple[str, ...] | tuple[tuple[str, ...], ...]]
MOST_ROWS = 24  # of a section; a file may hold hundreds of series
MOST_INTERVALS = 4  # invalid ones, told one by one
MOST_AREAS = 12


def lay_out(contents: Contents) -> tuple[Section, ...]:
    """Return the sections in the order to read; what a file has none of is left out."""
    sections: list[Section] = [("Session", contents.about)]
    for units in contents.units:
        sections.append((f"Units: {units.place}", tuple(_describe_units(units))))
    if contents.rois:
        sections.append(("Fluorescence of regions of interest", _cut(_roi_rows(contents))))
    if contents.stimuli:
        sections.append(("Stimulus series", _cut(_stimulus_rows(contents))))
    if contents.tables:
        lines = [line for table in contents.tables for line in _describe_table(table)]
        sections.append(("Interval tables", tuple(lines)))
    if len(contents.invalid_s):
        sections.append(("Invalid times", tuple(_describe_invalid(contents))))
    if contents.behaviour:
        sections.append(("Series that could be behaviour", _cut(_behaviour_rows(contents))))
    return tuple(sections)


def _describe_units(units: UnitTable) -> Iterator[str]:
    if units.spikes is None:
        yield f"{count(units.count, 'unit')} without spike times"
    else:
        span = "" if units.span_s is None else f", {describe_span(*units.span_s)}"
        yield f"{count(units.count, 'unit')} with {count(units.spikes, 'spike')}{span}"
    if units.observed:
        yield "with obs_intervals, when each was observed: bins outside are masked"
    if units.areas:
        shown = ", ".join(f"{name} ({number})" for name, number in units.areas[:MOST_AREAS])
        more = f", … {len(units.areas)} areas" if len(units.areas) > MOST_AREAS else ""
        yield f"areas: {shown}{more}"
    if units.columns:
        yield f"columns to filter by: {'; '.join(column.describe() for column in units.columns)}"


def _roi_rows(contents: Contents) -> Iterator[tuple[str, ...]]:
    yield ("series", "cells", "unit", "rate", "time", "gaps", "NaN")
    for series in contents.rois:
        timing = series.timing
        yield (
            series.place.removeprefix("processing/"),
            str(series.rois),
            f"{series.unit}{series.scale}",
            timing.rate,
            timing.span,
            timing.gap,
            describe_share(series.nan_share),
        )


def _stimulus_rows(contents: Contents) -> Iterator[tuple[str, ...]]:
    yield ("series", "stored as", "rate", "time", "gaps", "pixels")
    for series in contents.stimuli:
        timing = series.timing
        yield (
            f"{series.name} (template)" if series.template else series.name,
            series.stored,
            *(("", "", "") if timing is None else (timing.rate, timing.span, timing.gap)),
            series.pixels,
        )


def _describe_table(table: IntervalTable) -> Iterator[str]:
    if not table.rows:
        yield f"{table.name}: empty"
        return
    columns = "; ".join(column.describe() for column in table.columns if column.distinct > 1 or column.counts)
    constant = [column.name for column in table.columns if column.distinct <= 1 and not column.counts]
    frame = table.find("frame")
    yield (
        f"{table.name}: {count(table.rows, 'row')}, {describe_span(table.start_s, table.stop_s)}"
        + (f", each frame about {frame.times} times" if frame is not None and frame.times > 1 else "")
        + (f"; {columns}" if columns else "")
        + (f"; constant: {', '.join(constant)}" if constant else "")
    )


def _describe_invalid(contents: Contents) -> Iterator[str]:
    total_s = float((contents.invalid_s[:, 1] - contents.invalid_s[:, 0]).sum())
    shown = ", ".join(describe_span(*row) for row in contents.invalid_s[:MOST_INTERVALS].tolist())
    more = ", …" if len(contents.invalid_s) > MOST_INTERVALS else ""
    yield f"{count(len(contents.invalid_s), 'interval')}, {describe_duration(total_s)} in all: {shown}{more}"


def _behaviour_rows(contents: Contents) -> Iterator[tuple[str, ...]]:
    yield ("series", "channels", "unit", "rate", "time", "gaps", "NaN")
    for series in contents.behaviour:
        timing = series.timing
        yield (
            series.place.removeprefix("processing/"),
            str(series.channels),
            series.unit,
            timing.rate,
            timing.span,
            timing.gap,
            describe_share(series.nan_share),
        )


def _cut(rows: Iterator[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return the heading and the first so many rows, then how many more there are, without empty columns."""
    heading, *others = rows
    kept = [column for column in range(len(heading)) if any(row[column] for row in others)]
    table = [tuple(row[column] for column in kept) for row in (heading, *others)]
    if len(others) <= MOST_ROWS:
        return tuple(table)
    rest = (f"… and {len(others) - MOST_ROWS} more", *[""] * (len(kept) - 1))
    return (*table[: MOST_ROWS + 1], rest)
