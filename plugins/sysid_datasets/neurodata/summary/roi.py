"""Say what the fluorescence of regions of interest in a file is like."""

from collections.abc import Iterator

import attrs
import numpy as np
from pynwb.ophys import RoiResponseSeries

from sysid_datasets.neurodata.fluorescence import name_kind
from sysid_datasets.neurodata.opening import Opened
from sysid_datasets.neurodata.roi_neuron import list_regions
from sysid_datasets.neurodata.series_finding import name_container
from sysid_datasets.neurodata.summary.sampling import sample_nan_share
from sysid_datasets.neurodata.summary.timing import Timing, time_series
from sysid_datasets.neurodata.trace import describe_scale, read_number


@attrs.frozen
class RoiSeries:
    """Hold what one series of fluorescence has.

    Attributes:
        place: where it is in the file.
        name: of the series.
        container: name of what it is in (a DfOverF, a Fluorescence); empty where that is a module.
        kind: "dF/F", "fluorescence" or what the file calls it.
        rois: how many columns.
        regions: what the columns are: the place of a table of regions, and a row of it.
        unit: as stored.
        scale: "× conversion + offset" where it is not 1 and 0.
        timing: of its samples.
        nan_share: of its values, by samples.
    """

    place: str
    name: str
    container: str
    kind: str
    rois: int
    regions: frozenset[tuple[str, int]]
    unit: str
    scale: str
    timing: Timing
    nan_share: float


def summarize_rois(opened: Opened) -> Iterator[RoiSeries]:
    """Yield every series of fluorescence in the file, in the order of their places."""
    found = [each for each in opened.file.objects.values() if isinstance(each, RoiResponseSeries)]
    for series in sorted(found, key=opened.where):
        yield _summarize(opened, series)


def _summarize(opened: Opened, series: RoiResponseSeries) -> RoiSeries:
    (conversion, _), (offset, _) = read_number(series, "conversion", 1.0), read_number(series, "offset", 0.0)
    scale = describe_scale(np.asarray(conversion), offset)
    shape = series.data.shape
    return RoiSeries(
        place=opened.where(series),
        name=series.name,
        container=name_container(series),
        kind=name_kind(series),
        rois=int(shape[1]) if len(shape) > 1 else 1,
        regions=list_regions(series),
        unit=str(series.unit),
        scale=f" {scale}" if scale else "",
        timing=time_series(series),
        nan_share=sample_nan_share(series.data),
    )
