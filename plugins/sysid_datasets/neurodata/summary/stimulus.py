"""Say what the stimulus series of a file are like, and whether their pixels are there."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import attrs
import numpy as np
from pynwb import TimeSeries
from pynwb.base import Images
from pynwb.image import ImageSeries, IndexSeries

from sysid_datasets.neurodata.external_pixels import find_external
from sysid_datasets.neurodata.opening import Opened, reading
from sysid_datasets.neurodata.summary.timing import Timing, time_series
from sysid_datasets.neurodata.summary.wording import describe_share

FRAMES_LOOKED_AT = 4


@attrs.frozen
class StimulusSeries:
    """Hold what one series, or set of images, has.

    Attributes:
        name: of the series, as a recipe has it.
        template: whether it is in /stimulus/templates, which says what but not when.
        kind: its type in NWB.
        stored: shape and type as stored.
        timing: None where it has no clock.
        holds: pixels, wherever they lie, numbers of frames, or none of both.
        pixels: where the pixels are, in words.
        absent: names of external files that are not there.
    """

    name: str
    template: bool
    kind: str
    stored: str
    timing: Timing | None
    holds: Literal["pixels", "numbers", "nothing"]
    pixels: str
    absent: tuple[str, ...] = ()


def summarize_stimuli(opened: Opened) -> Iterator[StimulusSeries]:
    """Yield every series in /stimulus/presentation, then every one in /stimulus/templates.

    Raises:
        SysidError: a series is damaged.
    """
    for template, group in ((False, opened.file.stimulus), (True, opened.file.stimulus_template)):
        for name in sorted(group):
            with reading(opened, group[name]):
                yield _summarize(opened.path, group[name], template)


def _summarize(path: Path, series: Any, template: bool) -> StimulusSeries:
    kind, about = type(series).__name__, (series.name, template, type(series).__name__)
    if isinstance(series, Images):
        return StimulusSeries(*about, _describe_images(series), None, "pixels", "in the file")
    if not isinstance(series, TimeSeries):
        return StimulusSeries(*about, "", None, "nothing", f"none ({kind})")
    if isinstance(series, ImageSeries) and series.external_file is not None and len(series.external_file):
        return _summarize_external(path, series, template)
    shape = np.shape(series.data)
    stored = f"{_times(shape)} {getattr(series.data, 'dtype', '')}".strip()
    timing = time_series(series)
    if isinstance(series, IndexSeries):
        target = series.indexed_images if series.indexed_images is not None else series.indexed_timeseries
        shown = target.name if target is not None else "nothing"
        return StimulusSeries(*about, stored, timing, "numbers", f"numbers of frames of {shown}")
    if not isinstance(series, ImageSeries):
        return StimulusSeries(*about, stored, timing, "nothing", f"none ({kind})")
    if not shape or 0 in shape:
        return StimulusSeries(*about, stored, timing, "pixels", "none")
    missing = _find_nan_share(series)
    pixels = f"in the file, NaN {describe_share(missing)}" if missing else "in the file"
    return StimulusSeries(*about, stored, timing, "pixels", pixels)


def _summarize_external(path: Path, series: ImageSeries, template: bool) -> StimulusSeries:
    names = tuple(str(each) for each in series.external_file[:])
    absent = tuple(name for name in names if find_external(path.parent, name) is None)
    size = np.asarray(() if series.dimension is None else series.dimension[:]).tolist()
    return StimulusSeries(
        name=series.name,
        template=template,
        kind=type(series).__name__,
        stored=f"width×height {_times(size)}" if size else "",
        timing=None if series.rate else time_series(series),  # a rate does not tell how many frames
        holds="pixels",
        pixels=f"external, absent: {', '.join(absent)}" if absent else f"external: {', '.join(names)}",
        absent=absent,
    )


def _describe_images(container: Images) -> str:
    """Return how many images there are, their sizes and types."""
    images = container.images.values()
    sizes = sorted({np.shape(image.data)[:2] for image in images})
    dtypes = sorted({str(image.data.dtype) for image in images})
    return f"{len(images)}×{' or '.join(map(_times, sizes))} {', '.join(dtypes)}"


def _find_nan_share(series: ImageSeries) -> float:
    """Return the share of pixels that are NaN, in a few frames from the first to the last."""
    if series.data.dtype.kind != "f":
        return 0.0
    frames = np.linspace(0, len(series.data) - 1, FRAMES_LOOKED_AT).astype(int)
    return float(np.mean([np.isnan(series.data[frame]).mean() for frame in dict.fromkeys(frames.tolist())]))


def _times(shape: Iterable[int]) -> str:
    return "×".join(str(each) for each in shape)
