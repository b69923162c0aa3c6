"""Samples of a series that stay in the file until they are sliced."""

from pathlib import Path

import attrs
import h5py
import numpy as np
from jaxtyping import Float64
from pynwb import TimeSeries

from sysid import SysidError
from sysid_datasets.lazy_frame import open_hdf5
from sysid_datasets.neurodata.clock import Clock, series_clock
from sysid_datasets.neurodata.library_error import guard
from sysid_datasets.neurodata.opening import locate, where


@attrs.frozen(eq=False)
class Trace:
    """View a series as (sample, column), in its unit.

    The file is opened anew for each slice: nothing stays open, and a copy in another process reads on.

    Attributes:
        path: of the file that has the data, which need not be the one with the series.
        dataset: in that file.
        place: of the series, file and path in it, for messages.
        clock: of the samples.
        columns: how many.
        chunk: samples and columns that lie together on disk and are best read together.
        scale: what to multiply stored values with, one number or one per column.
        offset: what to add then.
        notes: on scale and offset.
    """

    path: Path
    dataset: str
    place: str
    clock: Clock
    columns: int
    chunk: tuple[int, int]
    scale: np.ndarray
    offset: float
    notes: tuple[str, ...] = ()

    @property
    def chunk_s(self) -> float:
        """How long the samples of a chunk took."""
        steady_s = 0.0 if np.isnan(self.clock.interval_s) else self.clock.interval_s
        return self.chunk[0] * steady_s

    def read(
        self, first: int, stop: int, columns: slice = slice(None)
    ) -> Float64[np.ndarray, "sample column"]:
        """Return consecutive samples of some columns next to each other, or of all.

        Raises:
            SysidError: the data are damaged, or the file is gone.
        """
        with guard(self.place), open_hdf5(self.path) as file:
            stored = file[self.dataset]
            values = stored[first:stop, columns] if stored.ndim == 2 else stored[first:stop][:, None]
        scale = self.scale[columns] if self.scale.ndim else self.scale
        return values.astype(np.float64) * scale + self.offset


def find_trace(series: TimeSeries) -> Trace:
    """Return where the samples of a series are and when they were taken, without reading them.

    Raises:
        SysidError: no data, data that are no numbers or have more than two axes, or a broken clock.
    """
    place = locate(series)
    with guard(place):
        data, shape = series.data, np.shape(series.data)
    if not isinstance(data, h5py.Dataset) or not shape or 0 in shape:
        raise SysidError(f"{place}: expected data, got none")
    if data.dtype.kind not in "biuf":
        got = "text" if data.dtype.kind in "OSU" else str(data.dtype)
        raise SysidError(f"{place}: expected numbers, got {got}")
    if len(shape) > 2:
        raise SysidError(f"{place}: expected one or two axes (sample, column), got shape {shape}")
    columns = int(shape[1]) if len(shape) == 2 else 1
    conversion, factor_note = read_number(series, "conversion", 1.0)
    offset, offset_note = read_number(series, "offset", 0.0)
    return Trace(
        path=Path(data.file.filename),
        dataset=data.name,
        place=place,
        clock=series_clock(series),
        columns=columns,
        chunk=_find_chunk(data, columns),
        scale=np.asarray(conversion * _read_channel_conversion(series, columns, place)),
        offset=offset,
        notes=tuple(f"{where(series)}: {note}" for note in (factor_note, offset_note) if note),
    )


def describe_scale(scale: np.ndarray, offset: float) -> str:
    """Return what is done to stored values: `× 0.01 + 5`, "" where they are taken as they are."""
    if (scale == 1).all() and offset == 0:
        return ""
    factor = f"{scale:g}" if scale.ndim == 0 else "a factor for each column"
    sign = "−" if offset < 0 else "+"
    return f"× {factor} {sign} {abs(offset):g}" if offset else f"× {factor}"


def _find_chunk(data: h5py.Dataset, columns: int) -> tuple[int, int]:
    """Return samples and columns of a chunk; of data in one piece, all columns of a sample lie together."""
    if data.chunks is None:
        return 1, columns
    return data.chunks[0], data.chunks[1] if len(data.chunks) > 1 else 1


def read_number(series: TimeSeries, name: str, default: float) -> tuple[float, str]:
    """Return `conversion` or `offset` of a series and "", or the default and why: some store NaN for none."""
    value = getattr(series, name)
    number = default if value is None else float(value)
    if np.isfinite(number) and (number != 0 or name != "conversion"):
        return number, ""
    return default, f"{name} = {number:g} says nothing and is taken as {default:g}"


def _read_channel_conversion(series: TimeSeries, columns: int, place: str) -> np.ndarray:
    """Return the factor of each column, or 1 for all."""
    stored = series.fields.get("channel_conversion")
    if stored is None:
        return np.ones(())
    with guard(f"{place}: channel_conversion"):
        factors = np.asarray(stored[:], dtype=np.float64)
    if factors.shape != (columns,):
        raise SysidError(
            f"{place}: channel_conversion: expected {columns} numbers, one per column, got shape "
            f"{factors.shape}"
        )
    return factors
