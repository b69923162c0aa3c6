"""Say which fields of the dataset `nwb` do not fit together, though each is right alone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sysid import SysidError
from sysid_datasets.neurodata.crop import EXPECTED_CROP, is_crop
from sysid_datasets.neurodata.responses import UNITS

if TYPE_CHECKING:
    from sysid_datasets.nwb import NWB

Conflict = tuple[bool, str, str, object]
"""Whether there is one; the field; what is expected of it; what it is."""


def check_fields(dataset: "NWB") -> None:
    """Refuse fields that do not fit together.

    Raises:
        SysidError: the first conflict.
    """
    for is_wrong, name, expected, value in _find_conflicts(dataset):
        if is_wrong:
            raise SysidError(f"nwb: {name}: expected {expected}, got {value}")


def name_responses(dataset: "NWB") -> tuple[str, ...]:
    """Return the names in `responses`."""
    return tuple(name.strip() for name in dataset.responses.split(",") if name.strip())


def _find_conflicts(dataset: "NWB") -> Iterator[Conflict]:
    names = name_responses(dataset)
    for name in ("stimulus", "areas", "test", "behaviour"):
        value = getattr(dataset, name)
        yield isinstance(value, str), name, f'an array of names, ("{value}",)', f'"{value}"'
    yield not names, "responses", '"units" or the name of a RoiResponseSeries', f'"{dataset.responses}"'
    yield (
        UNITS in names and len(names) > 1,
        "responses",
        '"units" alone, as spikes and fluorescence do not stand side by side',
        f'"{dataset.responses}"',
    )
    for name, is_given in (
        ("unit_filter", bool(dataset.unit_filter)),
        ("unit_preset", dataset.unit_preset != "none"),
        ("areas", bool(dataset.areas)),
    ):
        expected = f'none with responses = "{dataset.responses}", as it is for "units"'
        yield is_given and UNITS not in names, name, expected, getattr(dataset, name)
    yield (
        dataset.deconvolve_s is not None and UNITS in names,
        "deconvolve_s",
        'none with responses = "units", as it is for fluorescence',
        dataset.deconvolve_s,
    )
    yield (
        not is_crop(dataset.crop),
        "crop",
        EXPECTED_CROP,
        list(dataset.crop),
    )
    yield (
        dataset.templates_dataset is not None and dataset.templates is None,
        "templates_dataset",
        "none without `templates`, the file it is in",
        f'"{dataset.templates_dataset}"',
    )
