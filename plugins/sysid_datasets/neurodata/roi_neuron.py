"""Say which cells the columns of a RoiResponseSeries are."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import attrs
import numpy as np
from jaxtyping import Int64
from pynwb.ophys import RoiResponseSeries

from sysid import Neuron, SysidError
from sysid_datasets.neurodata.column import read_ids, read_properties
from sysid_datasets.neurodata.library_error import guard
from sysid_datasets.neurodata.opening import locate, where


def join_neurons(series: Sequence[RoiResponseSeries]) -> Iterator[Neuron]:
    """Yield the cells of several series end to end, by the ids in their tables of regions.

    Of several series, the id of each is that of the plane and of the region: `plane0/15`.

    Raises:
        SysidError: a region that is not in the table, or a table that is damaged.
    """
    for each, plane in zip(series, _name_planes(series), strict=True):
        for neuron in _read_neurons(each):
            yield neuron if len(series) == 1 else attrs.evolve(neuron, id=f"{plane}/{neuron.id}")


def check_axes(series: RoiResponseSeries) -> None:
    """Refuse data that have another number of columns than there are regions, above all when turned.

    Raises:
        SysidError: with the shape that is expected.
    """
    rois, shape = len(_read_rows(series)), np.shape(series.data)
    columns = shape[1] if len(shape) > 1 else 1
    if 0 in shape or len(shape) > 2 or columns == rois:
        return
    turned = (
        ": it seems to be stored (roi, sample), which NWB does not allow; turn it"
        if len(shape) == 2 and shape[0] == rois
        else ""
    )
    raise SysidError(f"{locate(series)}: expected (sample, roi) with {rois} rois, got shape {shape}{turned}")


def list_regions(series: RoiResponseSeries) -> frozenset[tuple[str, int]]:
    """Return the place of the table and the row of each region: planes have none in common."""
    table = series.rois.table
    place = "" if table is None else where(table)
    return frozenset((place, row) for row in _read_rows(series).tolist())


def check_apart(series: Sequence[RoiResponseSeries]) -> None:
    """Refuse several traces of the same regions, such as a cell and its neuropil, as if they were planes.

    Raises:
        SysidError: with the series to choose from.
    """
    for one, other in combinations(series, 2):
        if one.parent is other.parent and list_regions(one) & list_regions(other):
            raise SysidError(
                f"{locate(one)}: responses: expected series of different regions, which are planes, got "
                f"{', '.join(where(each) for each in series)}, some of the same regions: name one of them"
            )


def _read_neurons(series: RoiResponseSeries) -> list[Neuron]:
    rows, table = _read_rows(series), series.rois.table
    if table is None:
        return [Neuron(str(row)) for row in rows.tolist()]
    outside = rows[(rows < 0) | (rows >= len(table))]
    if len(outside):
        raise SysidError(
            f"{locate(series)}: rois: expected rows of {where(table)}, which has {len(table)}, got row "
            f"{outside[0]}"
        )
    ids, properties = read_ids(table), read_properties(table)
    return [Neuron(ids[row], properties=properties[row]) for row in rows]


def _read_rows(series: RoiResponseSeries) -> Int64[np.ndarray, " column"]:
    with guard(f"{locate(series)}: rois"):
        return np.asarray(series.rois.data[:]).ravel().astype(np.int64)


def _name_planes(series: Sequence[RoiResponseSeries]) -> list[str]:
    """Return a name for each series: the last part of their paths that tells them apart."""
    paths = [where(each).split("/") for each in series]
    for names in zip(*(path[::-1] for path in paths), strict=False):
        if len(set(names)) == len(names):
            return list(names)
    return ["/".join(path) for path in paths]
