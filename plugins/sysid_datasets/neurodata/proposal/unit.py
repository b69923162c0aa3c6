"""Choose which units a first recipe keeps: the well isolated ones, where the file says which these are."""

from collections.abc import Iterator

from sysid_datasets.neurodata.contents import Contents
from sysid_datasets.neurodata.proposal.choice import Key
from sysid_datasets.neurodata.proposal.response import UNITS_PLACE
from sysid_datasets.neurodata.summary.wording import count
from sysid_datasets.neurodata.unit_filter import ALLEN

QUALITY = ("quality", "unit_quality", "kslabel", "group", "cluster_group", "label")
GOOD = ("good", "Good", "GOOD", "single", "su")
MOST_AREAS = 8


def choose_units(contents: Contents) -> Iterator[Key]:
    """Yield the keys that choose units; nothing where the file does not say how good they are."""
    (units,) = [each for each in contents.units if each.place == UNITS_PLACE]
    known = {column.name: column for column in units.columns}
    if all(each.column in known for each in ALLEN):
        yield Key(
            "unit_preset", "allen", f"the well isolated of {count(units.count, 'unit')}; leave out for all"
        )
    else:
        for name, column in known.items():
            good = [(value, number) for value, number in column.counts if value in GOOD]
            if name.lower() in QUALITY and good and len(column.counts) > 1:
                value, kept = good[0]
                filters = [{"column": name, "values": [value]}]
                yield Key(
                    "unit_filter", filters, f"{kept} of {count(units.count, 'unit')}; leave out for all"
                )
                break
    if len(units.areas) > 1:
        shown = ", ".join(f'"{name}"' for name, _ in units.areas[:MOST_AREAS])
        more = ", …" if len(units.areas) > MOST_AREAS else ""
        yield Key("", None, f"areas = [{shown}{more}] # keep some; all as it is")
