"""List what a model of a file could predict: spikes, or one of its sets of fluorescence traces."""

import re
from collections.abc import Iterator
from itertools import combinations

import attrs
import numpy as np

from sysid_datasets.neurodata.contents import Contents
from sysid_datasets.neurodata.interval import merge
from sysid_datasets.neurodata.summary.roi import RoiSeries
from sysid_datasets.neurodata.summary.wording import count

UNITS_PLACE = "units"
# what is best modelled comes first: by a word in the name of the series or of what it is in
PREFERENCE = ("dff", "df_over_f", "dfoverf", "df/f", "corrected")
LAST = ("deconv", "event", "demixed", "raw")
NEVER = ("neuropil", "background")
PLANE = re.compile(r"[\W_]*(imaging)?[\W_]*(plane|fov)?[\W_]*\d+$", re.I)  # DfOverF_plane2


@attrs.frozen
class ResponseOption:
    """Hold one thing to predict.

    Attributes:
        names: what a recipe's `responses` says.
        words: what it is: "spikes of 24 units".
        count: how many neurons.
        span_s: when they were recorded.
        recorded_s: intervals within it in which any of them was.
        interval_s: between two samples of the slowest plane; 0 for spikes.
        is_spikes: whether responses are counts.
    """

    names: str
    words: str
    count: int
    span_s: tuple[float, float]
    recorded_s: tuple[tuple[float, float], ...]
    interval_s: float
    is_spikes: bool


def find_options(contents: Contents) -> tuple[ResponseOption, ...]:
    """Return what can be predicted, the one to begin with first."""
    options = [
        ResponseOption(
            names="units",
            words=f"spikes of {count(units.count, 'unit')}",
            count=units.count,
            span_s=units.span_s,
            recorded_s=units.recorded_s,
            interval_s=0.0,
            is_spikes=True,
        )
        for units in contents.units
        if units.place == UNITS_PLACE and units.count and units.spikes and units.span_s is not None
    ]
    groups: dict[str, list[RoiSeries]] = {}
    for series in contents.rois:
        if not any(word in series.place.lower() for word in NEVER) and not series.timing.problem:
            groups.setdefault(_group(series), []).append(series)
    apart = [planes for group in groups.values() for planes in _split(group)]
    for planes in sorted(apart, key=lambda planes: _rank(planes[0])):
        options.append(_make_option(contents, planes))
    return tuple(options)


def _group(series: RoiSeries) -> str:
    """Return what series have in common that stand side by side: the planes of one kind of trace.

    Planes are the series of one container, lie in containers of one name, or have names that differ by a
    number.
    """
    return PLANE.sub("", series.container or series.name) or series.name


def _split(group: list[RoiSeries]) -> list[list[RoiSeries]]:
    """Return a group as it is, or by the names of its series where some are of the same cells.

    One container often has several traces of each cell: fluorescence, deconvolved, neuropil.
    """
    if not any(_are_of_one_cell(*pair) for pair in combinations(group, 2)):
        return [group]
    named: dict[str, list[RoiSeries]] = {}
    for series in group:
        named.setdefault(PLANE.sub("", series.name) or series.name, []).append(series)
    return list(named.values())


def _are_of_one_cell(one: RoiSeries, other: RoiSeries) -> bool:
    """Say whether two series of one container have a region in common."""
    inside, beside = one.place.rpartition("/")[0], other.place.rpartition("/")[0]
    return inside == beside and bool(one.regions & other.regions)


def _rank(series: RoiSeries) -> int:
    place = series.place.lower()
    if series.kind == "dF/F":
        return 0
    for number, word in enumerate(PREFERENCE, start=1):
        if word in place:
            return number
    return 90 if any(word in place for word in LAST) else 50


def _make_option(contents: Contents, planes: list[RoiSeries]) -> ResponseOption:
    cells = sum(series.rois for series in planes)
    of = f"{count(cells, 'cell')} in {len(planes)} planes" if len(planes) > 1 else count(cells, "cell")
    return ResponseOption(
        names=", ".join(_names(contents, planes)),
        words=f"{planes[0].kind or planes[0].name} of {of}",
        count=cells,
        span_s=(
            min(series.timing.start_s for series in planes),
            max(series.timing.stop_s for series in planes),
        ),
        recorded_s=merge(np.array([[series.timing.start_s, series.timing.stop_s] for series in planes])),
        interval_s=max(series.timing.interval_s for series in planes),
        is_spikes=False,
    )


def _names(contents: Contents, planes: list[RoiSeries]) -> Iterator[str]:
    """Yield the shortest names that mean these series and no other, as a recipe's `responses` has them."""
    series_names = [each.name for each in contents.rois]
    containers = {each.container for each in planes}
    whole = sum(each.container in containers for each in contents.rois) == len(planes)
    if whole and all(each.container and each.container not in series_names for each in planes):
        yield from dict.fromkeys(each.container for each in planes)
        return
    for each in planes:
        yield each.name if series_names.count(each.name) == 1 else each.place.removeprefix("processing/")
