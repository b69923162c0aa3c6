"""Describe a time course by a few numbers: when it peaks, when it turns over, how much it rebounds."""

import attrs
import numpy as np
from jaxtyping import Float

FIRST_PEAK = 0.5  # of the largest |value|; smaller bumps before it are taken for noise


@attrs.frozen
class TemporalSummary:
    """Describe the time course of a filter, in the unit of `dt`, counted back from the bin.

    Attributes:
        first_peak_latency: of the first extremum of at least half the largest |value|, the one nearest to
            the response.
        peak_time: of the largest |value|.
        zero_crossing: where the sign first changes after the first peak; NaN where it never does.
        biphasic_index: largest |value| of the opposite sign after the crossing, over that of the first peak:
            0 for a time course with one lobe, near 1 for one whose lobes are alike.
    """

    first_peak_latency: float
    peak_time: float
    zero_crossing: float
    biphasic_index: float


def temporal_summary(vector: Float[np.ndarray, " lag"], dt: float) -> TemporalSummary:
    """Summarise a time course sampled every `dt`, lag 0 the frame on screen in the bin.

    Nothing depends on sign or scale. Peaks lie on a parabola through three samples, the crossing on a line
    between two. The ratio of rebound to peak is the biphasic index of Cai, DeAngelis and Freeman (1997),
    doi:10.1152/jn.1997.78.2.1045. A peak at either end is where the
    sample is.

    Returns:
        NaN throughout for a time course of zeros or with NaN.
    """
    size = np.abs(vector)
    if not np.isfinite(vector).all() or not size.any():
        return TemporalSummary(*[float("nan")] * 4)
    largest = int(size.argmax())
    first = _first_peak(size, FIRST_PEAK * size[largest])
    peak_time, _ = _vertex(vector, largest)
    first_time, first_value = _vertex(vector, first)
    opposite = np.sign(vector[first]) * vector[first:] < 0
    if not opposite.any():
        return TemporalSummary(dt * first_time, dt * peak_time, float("nan"), 0.0)
    after = first + int(opposite.argmax())
    before = after - 1
    crossing = before + vector[before] / (vector[before] - vector[after])
    rebound = after + int((-np.sign(vector[first]) * vector[after:]).argmax())
    _, rebound_value = _vertex(vector, rebound)
    return TemporalSummary(
        dt * first_time, dt * peak_time, dt * float(crossing), abs(rebound_value / first_value)
    )


def _first_peak(size: Float[np.ndarray, " lag"], least: float) -> int:
    """Return the first lag that reaches `least` and is no smaller than its neighbours."""
    beside = np.pad(size, 1, constant_values=-np.inf)
    peaks = (size >= least) & (size >= beside[:-2]) & (size >= beside[2:])
    return int(peaks.argmax())


def _vertex(vector: Float[np.ndarray, " lag"], peak: int) -> tuple[float, float]:
    """Return where and how high the parabola through a peak and its neighbours is highest, in lags."""
    if peak in (0, len(vector) - 1):
        return float(peak), float(vector[peak])
    left, middle, right = (float(each) for each in vector[peak - 1 : peak + 2])
    bend = left - 2 * middle + right
    if bend == 0:
        return float(peak), middle
    shift = float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5))
    return peak + shift, middle - 0.25 * (left - right) * shift
