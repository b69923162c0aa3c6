"""Parts of an NWB file that several of the simulated ones have."""

import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np
import pynwb
from hdmf.common import VectorData
from pynwb.image import ImageSeries, IndexSeries, OpticalSeries

Order = Literal["tyx", "txy"]


def begin(identifier: str) -> pynwb.NWBFile:
    """Begin a file of one session."""
    return pynwb.NWBFile(
        session_description="SIMULATED: spikes and fluorescence of cells whose filters are known",
        identifier=identifier,
        session_id=identifier,
        session_start_time=datetime(2023, 3, 4, 10, 30, tzinfo=UTC),
    )


def save(file: pynwb.NWBFile, path: Path) -> None:
    """Write the file; pynwb's advice on how a file might be better is no matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pynwb.NWBHDF5IO(path, "w") as io:
            io.write(file)


def store(frames: np.ndarray, order: Order) -> np.ndarray:
    """Return frames (frame, height, width, …) as they lie in the file."""
    return frames if order == "tyx" else np.ascontiguousarray(frames.swapaxes(1, 2))


def optical_series(name: str, frames: np.ndarray, order: Order = "tyx", **when: Any) -> OpticalSeries:
    """Make a series of frames (frame, height, width), whose `dimension` is (width, height)."""
    return OpticalSeries(
        name=name,
        data=store(frames, order),
        unit="n.a.",
        format="raw",
        dimension=[frames.shape[2], frames.shape[1]],
        distance=0.02,
        field_of_view=[0.8, 0.6],
        orientation="first row at the top",
        **when,
    )


def image_series(name: str, frames: np.ndarray, order: Order = "tyx", **when: Any) -> ImageSeries:
    """Make a series of frames (frame, height, width), whose `dimension` is (width, height)."""
    return ImageSeries(
        name=name,
        data=store(frames, order),
        unit="n.a.",
        format="raw",
        dimension=[frames.shape[2], frames.shape[1]],
        **when,
    )


def index_series(name: str, index: np.ndarray, into: Any, **when: Any) -> IndexSeries:
    """Make a series of numbers of frames in `into`; into a series, as published files have it."""
    linked = "indexed_timeseries" if isinstance(into, ImageSeries) else "indexed_images"
    # pynwb no longer makes links into a series, but reads them: this is how it reads
    series = IndexSeries.__new__(IndexSeries, in_construct_mode=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        series.__init__(name=name, data=index.astype(np.uint32), unit="N/A", **{linked: into}, **when)
    series._in_construct_mode = False
    return series


def interval_table(
    name: str, start_s: np.ndarray, stop_s: np.ndarray, columns: Mapping[str, Any], **more: Any
) -> pynwb.epoch.TimeIntervals:
    """Make a table of intervals in one go, with its columns in the given order."""
    whole = {"start_time": start_s, "stop_time": stop_s} | dict(columns)
    return pynwb.epoch.TimeIntervals(
        name=name,
        description="what was shown when",
        columns=[
            VectorData(name=column, description=column, data=_listed(values))
            for column, values in whole.items()
        ],
        **more,
    )


def _listed(values: Any) -> Any:
    array = np.asarray(values)
    return array.tolist() if array.dtype.kind in "UO" else array


def add_units(
    file: pynwb.NWBFile,
    ids: Sequence[int],
    trains: Sequence[np.ndarray],
    columns: Mapping[str, Sequence[Any]] | None = None,
    observed_s: Sequence[Sequence[tuple[float, float]]] | None = None,
    **more: Sequence[Any],
) -> None:
    """Add a unit table; `more` are columns that NWB knows, such as `electrodes`."""
    columns = columns or {}
    for name in columns:
        file.add_unit_column(name, f"{name} of the unit")
    for row, number in enumerate(ids):
        values: dict[str, Any] = {name: column[row] for name, column in columns.items()}
        values |= {name: column[row] for name, column in more.items()}
        if observed_s is not None:
            values["obs_intervals"] = np.array(observed_s[row], dtype=float)
        file.add_unit(id=int(number), spike_times=trains[row], **values)


def edit(path: Path) -> h5py.File:
    """Open a file for what pynwb would not write."""
    return h5py.File(path, "r+")
