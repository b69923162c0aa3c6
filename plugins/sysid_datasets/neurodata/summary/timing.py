"""Say when the samples of a series were taken: rate, span, gaps."""

import attrs
import numpy as np
from pynwb import TimeSeries

from sysid import SysidError
from sysid_datasets.neurodata.clock import series_clock
from sysid_datasets.neurodata.summary.wording import describe_duration, describe_rate, describe_span

GAP = 1.5  # median intervals: a dropped frame makes an interval of two


@attrs.frozen
class Timing:
    """Hold when samples were taken.

    Attributes:
        samples: how many.
        start_s, stop_s: of the first sample and one interval after the last.
        interval_s: between samples, the median.
        gaps: how many intervals are longer than one and a half times that.
        longest_s: of the intervals.
        problem: why nothing of this is known; empty where it is.
    """

    samples: int = 0
    start_s: float = float("nan")
    stop_s: float = float("nan")
    interval_s: float = float("nan")
    gaps: int = 0
    longest_s: float = float("nan")
    problem: str = ""

    @property
    def rate(self) -> str:
        """The rate in words."""
        if self.problem:
            return "broken clock"
        return describe_rate(self.interval_s) if np.isfinite(self.interval_s) else ""

    @property
    def span(self) -> str:
        """From when to when."""
        return describe_span(self.start_s, self.stop_s) if self.samples and not self.problem else ""

    @property
    def gap(self) -> str:
        """How many gaps there are and how long they get, nothing for none: `4 ≤ 66.7 ms`."""
        return f"{self.gaps} ≤ {describe_duration(self.longest_s)}" if self.gaps else ""


def time_series(series: TimeSeries, samples: int | None = None) -> Timing:
    """Return when the samples of a series were taken; a broken clock becomes its `problem`.

    Args:
        series: whose timestamps, or start and rate, are read.
        samples: how many it has, where its data does not say so.
    """
    known = samples if samples is not None else len(series.data)
    if series.rate:  # a constant rate needs no list of times, which for a raw trace may be huge
        start_s, interval_s = float(series.starting_time or 0.0), 1 / float(series.rate)
        return Timing(known, start_s, start_s + known * interval_s, interval_s, 0, interval_s)
    try:
        clock = series_clock(series)
    except SysidError as error:
        return Timing(known, problem=str(error))
    intervals_s = np.diff(clock.onset_s)
    long = intervals_s > GAP * clock.interval_s
    return Timing(
        samples=len(clock.onset_s),
        start_s=float(clock.onset_s[0]),
        stop_s=float(clock.onset_s[-1] + clock.interval_s),
        interval_s=float(clock.interval_s),
        gaps=int(long.sum()),
        longest_s=float(intervals_s.max(initial=clock.interval_s)),
    )
