"""Small NWB files for tests of how a part of one is read."""

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pynwb
from pynwb.ophys import (
    DfOverF,
    Fluorescence,
    ImageSegmentation,
    ImagingPlane,
    OpticalChannel,
    PlaneSegmentation,
    RoiResponseSeries,
)


def begin() -> pynwb.NWBFile:
    """Begin a file."""
    return pynwb.NWBFile(
        session_description="a test", identifier="abc", session_start_time=datetime(2024, 5, 1, tzinfo=UTC)
    )


def write(file: pynwb.NWBFile, path: Path) -> Path:
    """Write a file; what pynwb says of broken content is what the tests are about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pynwb.NWBHDF5IO(path, "w") as io:
            io.write(file)
    return path


@contextlib.contextmanager
def edit(path: Path) -> Iterator[h5py.File]:
    """Open a file to break it."""
    with h5py.File(path, "r+") as file:
        yield file


def replace(path: Path, name: str, values: object) -> None:
    """Put other values in the place of a dataset, with its attributes."""
    with edit(path) as file:
        attributes = dict(file[name].attrs)
        del file[name]
        dataset = file.create_dataset(name, data=values)
        dataset.attrs.update(attributes)


def add_units(file: pynwb.NWBFile, spikes_s: Sequence[Sequence[float]], **columns: Sequence) -> None:
    """Add units with their spikes; a column named `id` or `obs_intervals` is what NWB has by these names."""
    for name in columns:
        if name not in ("id", "obs_intervals"):
            file.add_unit_column(name, name)
    for row, times_s in enumerate(spikes_s):
        file.add_unit(spike_times=times_s, **{name: values[row] for name, values in columns.items()})


def add_series(
    file: pynwb.NWBFile, name: str, values: object, module: str = "behavior", **clock: object
) -> pynwb.TimeSeries:
    """Add a series to a processing module."""
    series = pynwb.TimeSeries(name=name, data=values, unit="cm/s", **clock)
    get_module(file, module).add(series)
    return series


def get_module(file: pynwb.NWBFile, name: str) -> pynwb.ProcessingModule:
    """Return a processing module, a new one if there is none of that name."""
    return file.processing[name] if name in file.processing else file.create_processing_module(name, name)


def add_segmentation(
    file: pynwb.NWBFile, ids: Sequence[int], name: str = "plane0", **columns: Sequence
) -> PlaneSegmentation:
    """Add a plane with regions of interest of these ids."""
    if "microscope" not in file.devices:
        file.create_device("microscope")
    plane = ImagingPlane(
        name=f"imaging_{name}",
        optical_channel=OpticalChannel(name="green", description="green", emission_lambda=520.0),
        description="a plane",
        device=file.devices["microscope"],
        excitation_lambda=920.0,
        indicator="GCaMP6f",
        location="VISp",
    )
    file.add_imaging_plane(plane)
    module = get_module(file, "ophys")
    if "ImageSegmentation" not in module.data_interfaces:
        module.add(ImageSegmentation())
    table = PlaneSegmentation(name=name, description="regions", imaging_plane=plane)
    module["ImageSegmentation"].add_plane_segmentation(table)
    for column in columns:
        table.add_column(column, column)
    for row, roi in enumerate(ids):
        own = {column: values[row] for column, values in columns.items()}
        table.add_roi(id=roi, image_mask=np.eye(3), **own)
    return table


def make_roi_series(
    name: str, values: np.ndarray, table: PlaneSegmentation, rows: Sequence[int] | None = None, **keys: object
) -> RoiResponseSeries:
    """Make a series of all regions of a table, or of some rows."""
    region = table.create_roi_table_region(
        region=list(range(len(table))) if rows is None else list(rows), description="some regions"
    )
    return RoiResponseSeries(name=name, data=values, unit="percent", rois=region, **keys)


def add_traces(
    file: pynwb.NWBFile,
    series: Sequence[RoiResponseSeries],
    kind: type[DfOverF] | type[Fluorescence] = DfOverF,
    name: str = "DfOverF",
    module: str = "ophys",
) -> None:
    """Add series to a container in a processing module."""
    container = kind(name=name)
    get_module(file, module).add(container)
    for each in series:
        container.add_roi_response_series(each)
