"""Find everything that was shown: image series, index series and interval tables."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pynwb
from pynwb.image import ImageSeries, IndexSeries

from sysid import SysidError
from sysid_datasets.neurodata.axis_order import AskedOrder
from sysid_datasets.neurodata.index_showing import index_showings
from sysid_datasets.neurodata.interval_table import list_tables
from sysid_datasets.neurodata.joining import join_alike, share_identities
from sysid_datasets.neurodata.missing import MissingPixelsError
from sysid_datasets.neurodata.named_showing import named_showings, names_something
from sysid_datasets.neurodata.opening import Opened
from sysid_datasets.neurodata.reference_showing import reference_showings, refers_to_movies
from sysid_datasets.neurodata.series_showing import series_showings
from sysid_datasets.neurodata.showing import Showing
from sysid_datasets.neurodata.table_showing import frame_column, stimuli_of, table_showings
from sysid_datasets.neurodata.template_finding import Templates

Found = tuple[list[Showing], tuple[str, ...]]
Source = Callable[[tuple[str, ...]], Found]
"""Finds what a series or table shows; of a table, the stimuli of these names, all where there is none."""


def find_showings(
    opened: Opened,
    names: tuple[str, ...],
    templates: Path | None,
    templates_dataset: str | None,
    axis_order: AskedOrder,
) -> tuple[tuple[Showing, ...], tuple[str, ...]]:
    """Return what was shown, also what was broken off, in order of time, and notes on what was chosen.

    Args:
        opened: the NWB file.
        names: of series, interval tables, or stimuli in a table; empty = all of which there are pixels.
        templates: file or folder with the pixels of stimuli that the file only numbers.
        templates_dataset: name of a dataset in it.
        axis_order: of stored frames.

    Raises:
        SysidError: an unknown name, a stimulus without pixels that is named, no stimulus with pixels at all,
            or times that cannot be. The line says what there is.
    """
    inside = list_inside(opened.file)
    sources = find_sources(opened, templates, templates_dataset, axis_order)
    check_names(opened, names, [*sources, *inside])
    chosen = {name: () for name in names if name in sources}
    for name in names:
        if name not in sources:
            chosen[inside[name]] = (*chosen.get(inside[name], ()), name)
    showings: list[Showing] = []
    series: list[Showing] = []
    notes: list[str] = []
    missing: list[str] = []
    for name in chosen or sources:
        try:
            found, said = sources[name](chosen.get(name, ()))
        except MissingPixelsError as error:
            if names:
                raise
            missing.append(str(error))
            continue
        (series if name in opened.file.stimulus else showings).extend(found)
        notes += said
    joined, said = join_alike(series)
    showings, shared = share_identities([*showings, *joined])
    if not showings:
        raise SysidError(missing[0] if missing else f"{opened.path}: {_nothing(opened)}")
    notes += [*said, *shared, *(f"left out: {line}" for line in missing)]
    return tuple(sorted(showings, key=lambda each: each.start_s)), tuple(dict.fromkeys(notes))


def find_sources(
    opened: Opened, templates: Path | None, templates_dataset: str | None, axis_order: AskedOrder
) -> dict[str, Source]:
    """Return series and tables that may show something by name, each with what finds out.

    Args:
        opened: the NWB file.
        templates: file or folder with the pixels of stimuli that the file only numbers.
        templates_dataset: name of a dataset in it.
        axis_order: of stored frames.
    """
    stimuli = (*list_inside(opened.file), *list_tables(opened.file), *opened.file.stimulus)
    return dict(_list_sources(opened, Templates(templates, templates_dataset, axis_order, stimuli)))


def _list_sources(opened: Opened, templates: Templates) -> Iterator[tuple[str, Source]]:
    for name, series in opened.file.stimulus.items():
        if isinstance(series, IndexSeries):
            yield name, lambda _only, series=series: index_showings(opened, series, templates)
        elif isinstance(series, ImageSeries):
            yield name, lambda _only, series=series: series_showings(opened, series, templates)
    for name, table in list_tables(opened.file).items():
        if frame_column(table) is not None:
            yield name, lambda only, table=table: table_showings(opened, table, only, templates)
        elif names_something(opened, table, templates):
            yield name, lambda _only, table=table: named_showings(opened, table, templates)
        elif refers_to_movies(opened, table):
            yield name, lambda _only, table=table: reference_showings(opened, table, templates)


def list_inside(file: pynwb.NWBFile) -> dict[str, str]:
    """Return the stimuli that columns of tables name, each with its table."""
    inside: dict[str, str] = {}
    for name, table in list_tables(file).items():
        stimuli = stimuli_of(table) if frame_column(table) is not None else None
        for each in dict.fromkeys([] if stimuli is None else stimuli.astype(str).tolist()):
            inside.setdefault(each, name)
    return inside


def check_names(opened: Opened, names: tuple[str, ...], known: list[str]) -> None:
    """Refuse a name that nothing has.

    Raises:
        SysidError: one of them; the line lists what there is.
    """
    for name in names:
        if name not in known:
            there = ", ".join(f'"{each}"' for each in dict.fromkeys(known)) or _nothing(opened)
            other = "" if name not in opened.file.stimulus else ", which has no frames"
            raise SysidError(f'{opened.path}: stimulus: expected one of {there}, got "{name}"{other}')


def _nothing(opened: Opened) -> str:
    held = ", ".join([*opened.file.stimulus, *list_tables(opened.file)]) or "nothing"
    return (
        "expected an image series, an index series or an interval table that numbers frames, got "
        f"{held} under stimulus and intervals"
    )
