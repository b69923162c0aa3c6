"""Read behaviour, and resample it in bins."""

from collections.abc import Iterator, Sequence

import attrs
import numpy as np
from jaxtyping import Float32, Float64
from pynwb import TimeSeries
from pynwb.behavior import BehavioralEvents
from pynwb.image import ImageSeries, IndexSeries
from pynwb.misc import AnnotationSeries, IntervalSeries

from sysid import SysidError
from sysid_datasets.neurodata.opening import Opened, where
from sysid_datasets.neurodata.sample_mean import average_runs, find_bounds
from sysid_datasets.neurodata.series_finding import find_series
from sysid_datasets.neurodata.trace import Trace, find_trace

PLACES = ("processing", "acquisition")
NO_BEHAVIOUR = (IntervalSeries, AnnotationSeries, ImageSeries, IndexSeries)
WIDEST = 2.0  # median intervals between two samples, between which is interpolated: one may be missing
ROUNDING = 1e-6  # of that


@attrs.frozen(eq=False)
class Behaviour:
    """Channels of behaviour, on disk until they are asked for.

    Attributes:
        names: of the channels: of the series, `name[0]`, `name[1]` where it has several columns.
        series: the samples, each on its own clock.
        notes: on scale and offset.
    """

    names: tuple[str, ...]
    series: tuple[Trace, ...]
    notes: tuple[str, ...] = ()

    def in_bins(self, edges_s: Float64[np.ndarray, " edge"]) -> Float32[np.ndarray, "bin channel"]:
        """Return the mean of the valid samples in each bin.

        A bin without any has what lies on the line between the samples before and after its middle, where
        these are no more than two median intervals apart; else NaN.
        """
        channels = [_resample(trace, edges_s) for trace in self.series]
        return np.concatenate(channels, axis=1).astype(np.float32)  # bin channel


def read_behaviour(opened: Opened, names: Sequence[str]) -> Behaviour:
    """Find series of numbers in /processing or /acquisition by name, by path, or by what they are in.

    Raises:
        SysidError: a name that is unknown, ambiguous, or means events or images, or a broken clock.
    """
    known = [each for each in opened.file.objects.values() if isinstance(each, TimeSeries) and _is_here(each)]
    found = [each for name in names for each in _find(opened, name, known)]
    series = list({id(each): each for each in found}.values())
    traces = tuple(find_trace(each) for each in series)
    own_names = [each.name for each in series]
    channels = [
        channel
        for each, trace in zip(series, traces, strict=True)
        for channel in _name_channels(each.name if own_names.count(each.name) == 1 else where(each), trace)
    ]
    return Behaviour(tuple(channels), traces, tuple(note for trace in traces for note in trace.notes))


def _is_here(series: TimeSeries) -> bool:
    return where(series).split("/")[0] in PLACES


def _find(opened: Opened, name: str, known: Sequence[TimeSeries]) -> tuple[TimeSeries, ...]:
    found = find_series(opened, name, known, "series of behaviour")
    for each in found:
        kind = _find_other_kind(each)
        if kind:
            raise SysidError(
                f"{opened.path}: {where(each)}: expected a series of numbers over time, got {kind}"
            )
    return found


def _find_other_kind(series: TimeSeries) -> str:
    """Return what a series is that has no value between its samples, "" for others."""
    if isinstance(series, NO_BEHAVIOUR):
        return type(series).__name__
    return "events" if isinstance(series.parent, BehavioralEvents) else ""


def _name_channels(name: str, trace: Trace) -> Iterator[str]:
    if trace.columns == 1:
        yield name
    else:
        yield from (f"{name}[{column}]" for column in range(trace.columns))


def _resample(trace: Trace, edges_s: Float64[np.ndarray, " edge"]) -> Float64[np.ndarray, "bin channel"]:
    """Average and interpolate, with the samples just outside the bins at hand for the outer ones."""
    clock = trace.clock
    gap_s = WIDEST * (1 + ROUNDING) * (0.0 if np.isnan(clock.interval_s) else clock.interval_s)
    around_s = np.array([edges_s[0] - gap_s, edges_s[-1] + gap_s])
    first, stop = find_bounds(clock.onset_s, around_s).tolist()
    bins = len(edges_s) - 1
    if first == stop:
        return np.full((bins, trace.columns), np.nan)
    onset_s, values = clock.onset_s[first:stop], trace.read(first, stop)
    means = average_runs(*_within(values, find_bounds(onset_s, edges_s)))
    middle_s = (edges_s[:-1] + edges_s[1:]) / 2
    for channel in range(trace.columns):
        empty = np.isnan(means[:, channel])
        means[empty, channel] = _interpolate(onset_s, values[:, channel], middle_s[empty], gap_s)
    return means


def _within(
    values: Float64[np.ndarray, "sample channel"], bounds: np.ndarray
) -> tuple[Float64[np.ndarray, "inside channel"], np.ndarray]:
    """Return the samples that lie in any bin, and the bounds counted from the first of them."""
    return values[bounds[0] : bounds[-1]], bounds - bounds[0]


def _interpolate(
    onset_s: Float64[np.ndarray, " sample"],
    values: Float64[np.ndarray, " sample"],
    at_s: Float64[np.ndarray, " bin"],
    gap_s: float,
) -> Float64[np.ndarray, " bin"]:
    """Return values between the valid samples around each time, NaN where these are too far apart."""
    known = np.isfinite(values)
    time_s, value = onset_s[known], values[known]
    if len(time_s) < 2:
        return np.full(len(at_s), np.nan)
    after = np.clip(np.searchsorted(time_s, at_s), 1, len(time_s) - 1)
    near = (time_s[after] - time_s[after - 1] <= gap_s) & (at_s >= time_s[0]) & (at_s <= time_s[-1])
    return np.where(near, np.interp(at_s, time_s, value), np.nan)
