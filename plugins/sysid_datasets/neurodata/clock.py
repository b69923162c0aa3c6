"""Say when the samples of a series were taken, and lay bins between them."""

from typing import Any

import attrs
import numpy as np
from jaxtyping import Float64, Int64
from pynwb import TimeSeries
from pynwb.image import ImageSeries

from sysid import SysidError
from sysid_datasets.neurodata.library_error import guard
from sysid_datasets.neurodata.opening import locate

SAME = 1e-6  # relative: a frame that is on screen for as long as another, but for rounding


@attrs.frozen(eq=False)
class Clock:
    """When samples were taken.

    Attributes:
        onset_s: of each sample, increasing, on the clock of the file.
        interval_s: the median interval between two samples; NaN if there is one sample and no rate.
        place: of the series, file and path in it, for messages.
    """

    onset_s: Float64[np.ndarray, " sample"]
    interval_s: float
    place: str = ""

    @property
    def span_s(self) -> tuple[float, float]:
        """The first onset, and the last with one interval more where that is known."""
        last_s = 0.0 if np.isnan(self.interval_s) else self.interval_s
        return float(self.onset_s[0]), float(self.onset_s[-1]) + last_s


def series_clock(series: TimeSeries, samples: int | None = None) -> Clock:
    """Return when the samples of a series were taken, by its timestamps or its start and rate.

    Timestamps may be those of another series that this one links to.

    Args:
        series: of any type.
        samples: how many there are, where the data are not in the file (an external video).

    Raises:
        SysidError: timestamps that are no numbers, another count than of the samples, NaN, decreasing or
            twice the same; no rate; or no samples. The line says at which index and time.
    """
    place = locate(series)
    with guard(place):
        stored, rate, start = series.timestamps, series.rate, series.starting_time
        count = _count_samples(series) if samples is None else samples
    if stored is not None:
        onset_s = _read_timestamps(stored, f"{place}: timestamps")
        if count is not None and len(onset_s) != count:
            raise SysidError(f"{place}: timestamps: expected {count}, one per sample, got {len(onset_s)}")
        _check_increasing(onset_s, f"{place}: timestamps")
        interval_s = float(np.median(np.diff(onset_s))) if len(onset_s) > 1 else float("nan")
        return Clock(onset_s, interval_s, place)
    if rate is None or not np.isfinite(rate) or rate <= 0:
        raise SysidError(f"{place}: expected timestamps, or a rate above 0 Hz, got rate {rate}")
    if count is None:
        raise SysidError(f"{place}: expected timestamps, as its samples are not in the file, got a rate")
    if not count:
        raise SysidError(f"{place}: expected samples, got none")
    start_s = 0.0 if start is None else float(start)
    if not np.isfinite(start_s):
        raise SysidError(f"{place}: starting_time: expected a finite time, got {start_s}")
    return Clock(start_s + np.arange(count) / float(rate), 1 / float(rate), place)


def edges_of(clock: Clock, frames: slice | None = None) -> Float64[np.ndarray, " edge"]:
    """Return the edges of one bin per frame: bin k lasts from the onset of frame k to that of frame k + 1.

    The last bin lasts the median interval, or up to the next frame of the clock if that comes earlier.

    Args:
        clock: of the frames.
        frames: which of them, in one piece; None = all.

    Raises:
        SysidError: there is one frame, and nothing says how long it lasted.
    """
    first, stop, _ = (frames or slice(None)).indices(len(clock.onset_s))
    onset_s = clock.onset_s[first:stop]
    if np.isnan(clock.interval_s):
        raise SysidError(
            f"{clock.place}: timestamps: expected two or more, to know how long a frame lasted, got one"
        )
    last_s = onset_s[-1] + clock.interval_s
    if stop < len(clock.onset_s):
        last_s = min(last_s, clock.onset_s[stop])
    return np.append(onset_s, last_s)


def subdivide(
    edges_s: Float64[np.ndarray, " frame_edge"], bin_s: float
) -> tuple[Float64[np.ndarray, " bin_edge"], Int64[np.ndarray, " bin"]]:
    """Divide the time from the first onset on into equal bins; each has the frame it mostly shows.

    A frame that stood still longer fills more bins, and the clock does not shift. What is left at the end,
    less than a bin, is cut off; a showing shorter than a bin is one bin as long as it is. Of two frames that
    fill half a bin each the earlier counts.

    Args:
        edges_s: of the frames.
        bin_s: length of a bin.

    Returns:
        The edges of the bins, and the number of each bin's frame, counted from the first edge on.
    """
    total_s = edges_s[-1] - edges_s[0]
    bins = int(total_s / bin_s + SAME)
    bin_edges_s = edges_s[0] + bin_s * np.arange(bins + 1) if bins else edges_s[[0, -1]]
    inside = edges_s[(edges_s > bin_edges_s[0]) & (edges_s < bin_edges_s[-1])]
    cuts_s = np.union1d(bin_edges_s, inside)
    middle_s = (cuts_s[:-1] + cuts_s[1:]) / 2
    # every stretch between two cuts shows one frame in one bin
    frame = np.searchsorted(edges_s, middle_s, side="right") - 1
    in_bin = np.searchsorted(bin_edges_s, middle_s, side="right") - 1
    in_bin, frame = np.minimum(in_bin, max(bins, 1) - 1), np.clip(frame, 0, len(edges_s) - 2)
    duration_s = np.diff(cuts_s)
    longest_s = np.zeros(max(bins, 1))
    np.maximum.at(longest_s, in_bin, duration_s)
    candidates = np.flatnonzero(duration_s >= longest_s[in_bin] - SAME * bin_s)
    _, first = np.unique(in_bin[candidates], return_index=True)
    return bin_edges_s, frame[candidates[first]].astype(np.int64)


def _count_samples(series: TimeSeries) -> int | None:
    """Return how many samples the data have; None where they are in other files."""
    if isinstance(series, ImageSeries) and series.external_file is not None:
        return None
    shape = np.shape(series.data)
    return int(shape[0]) if shape else 0


def _read_timestamps(stored: Any, place: str) -> Float64[np.ndarray, " sample"]:
    with guard(place):
        values = np.asarray(stored[:])
    if values.dtype.kind not in "iuf":
        got = "text" if values.dtype.kind in "OSU" else str(values.dtype)
        raise SysidError(f"{place}: expected seconds as numbers, got {got}")
    if values.size != max(values.shape, default=0):
        raise SysidError(f"{place}: expected one axis, got shape {values.shape}")
    if not values.size:
        raise SysidError(f"{place}: expected one per sample, got none")
    return values.ravel().astype(np.float64)


def _check_increasing(onset_s: Float64[np.ndarray, " sample"], place: str) -> None:
    """Refuse times that are not finite, or not later than the one before."""
    unknown = ~np.isfinite(onset_s)
    if unknown.any():
        at = int(unknown.argmax())
        after = f", after {onset_s[at - 1]:.9g} s" if at else ""
        raise SysidError(
            f"{place}: expected finite times, got {onset_s[at]} at index {at}{after}{_count_more(unknown)}"
        )
    steps_s = np.diff(onset_s)
    for wrong, what in ((steps_s < 0, "decreasing"), (steps_s == 0, "duplicated")):
        if wrong.any():
            at = int(wrong.argmax()) + 1
            raise SysidError(
                f"{place}: expected increasing times, got {what} ones: {onset_s[at]:.9g} s at index {at} "
                f"after {onset_s[at - 1]:.9g} s{_count_more(wrong)}"
            )


def _count_more(wrong: np.ndarray) -> str:
    more = int(wrong.sum()) - 1
    return f" (and {more} more)" if more else ""
