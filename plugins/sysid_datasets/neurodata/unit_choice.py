"""Choose units of a table by filters and areas, and say how many each leaves."""

import collections

import attrs
import numpy as np
from hdmf.common import DynamicTable
from jaxtyping import Bool, Int64

from sysid import SysidError
from sysid_datasets.neurodata.column import read_column
from sysid_datasets.neurodata.listing import list_some, suggest
from sysid_datasets.neurodata.unit_filter import PRESETS, UnitFilter

MOST_NAMES = 20  # of columns or areas, in a message


@attrs.frozen(eq=False)
class UnitChoice:
    """The units that pass.

    Attributes:
        rows: of the table.
        notes: how many pass which condition, a line each.
    """

    rows: Int64[np.ndarray, " unit"]
    notes: tuple[str, ...]


def choose_units(
    units: DynamicTable,
    place: str,
    filters: tuple[UnitFilter, ...],
    preset: str | None,
    areas: tuple[str, ...],
    area_of_unit: list[str] | None,
) -> UnitChoice:
    """Return the units that pass all filters and are in one of the areas.

    Args:
        units: their table.
        place: of the table, for messages.
        filters: of the recipe.
        preset: name of a set of filters, laid over those; None for none.
        areas: to keep; empty, all.
        area_of_unit: of every unit, None where not known.

    Raises:
        SysidError: an unknown column, area or preset, a column that cannot be compared, or no unit passes.
    """
    kept, steps = np.ones(len(units), dtype=bool), []
    for condition, passes in (
        *_apply_filters(units, place, (*find_preset(preset, place), *filters)),
        *_apply_areas(place, areas, area_of_unit),
    ):
        kept &= passes
        steps.append((condition, int(passes.sum()), int(kept.sum())))
    if not kept.any():
        told = "; ".join(f"{condition} passes {alone}, leaves {left}" for condition, alone, left in steps)
        raise SysidError(f"{place}: expected units that pass, got none of {len(units)}: {told}")
    notes = [
        f"units: {alone} of {len(units)} pass {condition}; {left} left" for condition, alone, left in steps
    ]
    return UnitChoice(np.flatnonzero(kept), tuple(notes))


def find_preset(preset: str | None, place: str) -> tuple[UnitFilter, ...]:
    """Return the filters of a preset."""
    if preset is None:
        return ()
    if preset not in PRESETS:
        raise SysidError(f'{place}: unit_preset: expected one of {", ".join(PRESETS)}, got "{preset}"')
    return PRESETS[preset]


def _apply_filters(
    units: DynamicTable, place: str, filters: tuple[UnitFilter, ...]
) -> list[tuple[str, Bool[np.ndarray, " row"]]]:
    found = []
    for each in filters:
        if each.column not in (*units.colnames, "id"):
            raise SysidError(
                f'{place}: expected a column "{each.column}", got {list_some(units.colnames, MOST_NAMES)}'
                f"{suggest(each.column, units.colnames)}"
            )
        values = read_column(units, each.column)
        if values is None:
            raise SysidError(f"{place}/{each.column}: expected one text or number for each unit, got others")
        try:
            found.append((each.describe(), each.passes(values)))
        except ValueError as error:
            raise SysidError(f"{place}/{each.column}: {error}") from None
    return found


def _apply_areas(
    place: str, areas: tuple[str, ...], area_of_unit: list[str] | None
) -> list[tuple[str, Bool[np.ndarray, " row"]]]:
    if not areas:
        return []
    if area_of_unit is None:
        raise SysidError(
            f"{place}: areas: expected areas of the units, got none: neither a column of the table nor its "
            "electrodes tell"
        )
    counts = collections.Counter(area_of_unit)
    for area in areas:
        if area not in counts:
            known = [f"{name or 'none'} ({count})" for name, count in counts.most_common(MOST_NAMES)]
            raise SysidError(
                f'{place}: areas: expected one of {", ".join(known)}, got "{area}"{suggest(area, counts)}'
            )
    return [(f"area = {' or '.join(areas)}", np.isin(area_of_unit, areas))]
