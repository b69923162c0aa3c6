"""Say which series of a file could be behaviour: measured along, and neither cells nor screen."""

from collections.abc import Iterator

import attrs
import numpy as np
from pynwb import TimeSeries
from pynwb.ecephys import ElectricalSeries
from pynwb.image import ImageSeries, IndexSeries
from pynwb.misc import AbstractFeatureSeries, AnnotationSeries, DecompositionSeries, IntervalSeries
from pynwb.ophys import RoiResponseSeries

from sysid_datasets.neurodata.opening import Opened
from sysid_datasets.neurodata.summary.sampling import sample_nan_share
from sysid_datasets.neurodata.summary.timing import Timing, time_series

NOT_BEHAVIOUR = (
    ElectricalSeries,
    ImageSeries,
    IndexSeries,
    AbstractFeatureSeries,
    AnnotationSeries,
    DecompositionSeries,
    IntervalSeries,
    RoiResponseSeries,
)
PLACES = ("processing", "acquisition")


@attrs.frozen
class BehaviourSeries:
    """Hold what one series has.

    Attributes:
        place: where it is in the file.
        name: of the series.
        channels: how many values there are at a time.
        unit: as stored.
        timing: of its samples.
        nan_share: of its values, by samples.
    """

    place: str
    name: str
    channels: int
    unit: str
    timing: Timing
    nan_share: float


def summarize_behaviour(opened: Opened) -> Iterator[BehaviourSeries]:
    """Yield every series of numbers that is in /processing or /acquisition and no recording of cells."""
    found = [
        each
        for each in opened.file.objects.values()
        if isinstance(each, TimeSeries) and not isinstance(each, NOT_BEHAVIOUR)
    ]
    for series in sorted(found, key=opened.where):
        place, shape = opened.where(series), np.shape(series.data)
        if place.split("/")[0] in PLACES and 1 <= len(shape) <= 2 and series.data.dtype.kind in "iufb":
            yield BehaviourSeries(
                place=place,
                name=series.name,
                channels=int(shape[1]) if len(shape) > 1 else 1,
                unit=str(series.unit),
                timing=time_series(series),
                nan_share=sample_nan_share(series.data),
            )
