"""Read the fluorescence of regions of interest and average it in bins."""

from collections.abc import Callable, Iterator, Sequence

import attrs
import numpy as np
from jaxtyping import Float32, Float64
from pynwb.ophys import DfOverF, Fluorescence, RoiResponseSeries

from sysid import Neuron
from sysid_datasets.neurodata.deconvolution import deconvolve
from sysid_datasets.neurodata.gathering import LONGEST_GAP_S
from sysid_datasets.neurodata.interval import covered
from sysid_datasets.neurodata.opening import Opened, where
from sysid_datasets.neurodata.responses import UNITS, Responses
from sysid_datasets.neurodata.roi_neuron import check_apart, check_axes, join_neurons
from sysid_datasets.neurodata.sample_mean import find_bounds, mean_in_bins
from sysid_datasets.neurodata.series_finding import find_series
from sysid_datasets.neurodata.trace import Trace, describe_scale, find_trace

DERIVED = ("deconv", "spike", "event", "neuropil")  # traces that are kept with the fluorescence, and are none


@attrs.frozen(eq=False)
class RoiResponses:
    """Fluorescence of cells in one or several planes, each on its own clock; see `Responses`.

    Attributes:
        neurons: of all planes, end to end.
        kind, unit: of the responses.
        span_s: when any plane was recorded.
        planes: their samples, on disk.
        decay_s: time constant to take out; None for none.
        notes: on what was read.
    """

    neurons: tuple[Neuron, ...]
    kind: str
    unit: str
    span_s: tuple[float, float]
    planes: tuple[Trace, ...]
    decay_s: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def gap_s(self) -> float:
        """As long as a chunk: what lies in it is expanded with what is asked for."""
        return max(LONGEST_GAP_S, *(plane.chunk_s for plane in self.planes))

    def in_bins(self, edges_s: Float64[np.ndarray, " edge"]) -> Float32[np.ndarray, "bin neuron"]:
        """Average the samples with a time in [edge k, edge k + 1); NaN where there is no valid one.

        Bins that lack samples, as their plane was not yet or no longer recorded, are NaN too.
        """
        means = [self._average(plane, edges_s) for plane in self.planes]
        return means[0] if len(means) == 1 else np.concatenate(means, axis=1)  # bin neuron

    def _average(
        self, plane: Trace, edges_s: Float64[np.ndarray, " edge"]
    ) -> Float32[np.ndarray, "bin neuron"]:
        bounds = find_bounds(plane.clock.onset_s, edges_s)
        means = mean_in_bins(self._reader(plane), bounds, plane.columns, plane.chunk)
        if np.isfinite(plane.clock.interval_s):
            start_s, stop_s = plane.clock.span_s
            # a bin that begins less than a sample before the first lacks none
            whole_s = np.array([[start_s - plane.clock.interval_s, stop_s]])
            means[~covered(edges_s, whole_s)] = np.nan
        return means

    def _reader(self, plane: Trace) -> Callable[[int, int, slice], np.ndarray]:
        if self.decay_s is None:
            return plane.read

        def read(first: int, stop: int, columns: slice) -> Float64[np.ndarray, "sample neuron"]:
            before = min(first, 1)  # the sample before the first is needed for it
            values = plane.read(first - before, stop, columns)
            interval_s = np.diff(plane.clock.onset_s[first - before : stop])
            return deconvolve(values, interval_s, self.decay_s)[before:]

        return read


def read_roi_responses(opened: Opened, names: Sequence[str], decay_s: float | None = None) -> Responses:
    """Find the series of these names, and what is known of their cells; samples are read when asked for.

    Neurons have the id of their row in the table of regions, `plane/id` where there are several planes.

    Args:
        opened: the file.
        names: of series, of their DfOverF or Fluorescence, or paths to them.
        decay_s: take out an exponential decay of this time constant; None to leave samples as they are.

    Raises:
        SysidError: an unknown or ambiguous name, data that do not fit their table, or a broken clock.
    """
    known = [each for each in opened.file.objects.values() if isinstance(each, RoiResponseSeries)]
    found = [each for name in names for each in _find(opened, name, known)]
    series = list({id(each): each for each in found}.values())
    for each in series:
        check_axes(each)  # before the clock, which data that are turned do not fit either
    check_apart(series)
    traces = tuple(find_trace(each) for each in series)
    spans_s = [trace.clock.span_s for trace in traces]
    kind = " and ".join(dict.fromkeys(name_kind(each) for each in series))
    return RoiResponses(
        neurons=tuple(join_neurons(series)),
        kind=kind if decay_s is None else f"deconvolved {kind}",
        unit=", ".join(dict.fromkeys(str(each.unit) for each in series)),
        span_s=(min(start_s for start_s, _ in spans_s), max(stop_s for _, stop_s in spans_s)),
        planes=traces,
        decay_s=decay_s,
        notes=tuple(_note(traces, series, decay_s)),
    )


def name_kind(series: RoiResponseSeries) -> str:
    """Return "dF/F", "fluorescence", or what the file calls it: `Deconvolved`, `event_detection`."""
    inside = series.parent
    if isinstance(inside, DfOverF):
        return "dF/F"
    if isinstance(inside, Fluorescence) and not any(word in series.name.lower() for word in DERIVED):
        return "fluorescence" if inside.name == "Fluorescence" else inside.name
    return series.name


def _note(
    traces: Sequence[Trace], series: Sequence[RoiResponseSeries], decay_s: float | None
) -> Iterator[str]:
    for trace, each in zip(traces, series, strict=True):
        yield from trace.notes
        scale = describe_scale(trace.scale, trace.offset)
        yield (
            f"{where(each)}: {trace.columns} rois, a sample every {1000 * trace.clock.interval_s:.4g} ms"
            f"{', stored values ' if scale else ''}{scale}; a bin has the mean of the samples in it, and is "
            "masked where there is none"
        )
    if decay_s is not None:
        yield f"an exponential decay of {decay_s:g} s is taken out of the fluorescence"


def _find(opened: Opened, name: str, known: Sequence[RoiResponseSeries]) -> tuple[RoiResponseSeries, ...]:
    """Return the planes that a name means."""
    others = () if opened.file.units is None else (UNITS,)
    return find_series(opened, name, known, "RoiResponseSeries", together=True, others=others)
