"""Two imaging planes, each with its own clock, in percent; and a movie that is not there."""

from pathlib import Path
from typing import Literal

import attrs
import numpy as np
import pynwb
from pynwb.image import ImageSeries
from pynwb.ophys import DfOverF, Fluorescence, ImageSegmentation, OpticalChannel

from tests.neurodata.behaviour_trace import TRACES, add_behaviour
from tests.neurodata.file_part import Order, begin, image_series, save
from tests.neurodata.population import CALCIUM_KERNEL, Cells, make_cells
from tests.neurodata.screen import draw_onsets, in_intervals, sparse_noise, to_contrast
from tests.neurodata.truth import FileTruth, Shown

HEIGHT, WIDTH = 9, 13
FRAME_HZ = 8.0
CELLS = (9, 6)
"""In each plane."""
STIMULUS = "locally_sparse_noise"
ABSENT = "natural_movie"
OFFSETS = (0.0, 0.05)
INVALID_S = (500.02, 560.05)
"""When the detector was saturated, and more light was less signal."""


@attrs.frozen(eq=False)
class _Plane:
    """What one plane recorded.

    Attributes:
        time_s: (sample,).
        rate_hz: None where the file has time stamps.
        trace: (sample, cell), the activity itself, NaN where it was lost.
        ids: of its cells.
        region: (cell,), the rows of the plane's cell table that were recorded, in this order.
    """

    time_s: np.ndarray
    rate_hz: float | None
    trace: np.ndarray
    ids: np.ndarray
    region: np.ndarray


def write_two_photon(
    path: Path,
    *,
    order: Order = "tyx",
    container: Literal["dff", "fluorescence"] = "dff",
    decay_s: float | None = None,
    frames: int = 9000,
    seed: int = 3,
) -> FileTruth:
    """Write the file and say what is in it.

    Sparse noise at 8 Hz is in the file, a natural movie is named and absent. Plane 0 has time stamps that
    jitter about 31 Hz, plane 1 a rate of 11 Hz. Traces are in percent with the conversion .01, those of
    plane 1 with an offset too; both lost everything for a while, one cell for longer, and then the detector
    was saturated, which `invalid_times` says. Cells are a choice of the rows of their table, whose ids are
    not row numbers, in another order.

    Args:
        path: of the file.
        order: how frames lie in the file.
        container: whether the traces are a DfOverF or a Fluorescence.
        decay_s: of the indicator; None = traces follow the activity itself.
        frames: of the noise.
        seed: of everything.
    """
    generator = np.random.default_rng(seed)
    cells = make_cells(sum(CELLS), CALCIUM_KERNEL, HEIGHT, WIDTH, generator)
    movie = sparse_noise(frames, HEIGHT, WIDTH, generator)
    edges_s = draw_onsets(frames, FRAME_HZ, 12.0, generator)
    planes = _image(cells, movie, edges_s, generator)
    _write(path, movie, edges_s, planes, generator, order, container, decay_s)
    return _tell(cells, movie, edges_s, planes)


def _image(
    cells: Cells, movie: np.ndarray, edges_s: np.ndarray, generator: np.random.Generator
) -> tuple[_Plane, _Plane]:
    drive = cells.drive(to_contrast(movie))
    drive /= drive.std(axis=0)
    stop_s = edges_s[-1] + 20
    fast_s = np.arange(0.5, stop_s, 1 / 31.0)
    fast_s += generator.uniform(0, 0.01, len(fast_s))
    slow_s = 1.03 + np.arange(int((stop_s - 1.03) * 11)) / 11.0
    first = 0
    planes = []
    for time_s, rate_hz, count in ((fast_s, None, CELLS[0]), (slow_s, 11.0, CELLS[1])):
        frame = np.clip(np.searchsorted(edges_s, time_s, side="right") - 1, 0, len(movie) - 1)
        on = (time_s >= edges_s[0]) & (time_s < edges_s[-1])
        signal = np.where(on[:, None], drive[frame, first : first + count], 0)
        trace = 0.2 * signal + 0.15 * generator.standard_normal(signal.shape) + 0.1
        trace[(time_s > INVALID_S[0]) & (time_s < INVALID_S[1])] -= (
            4 * signal[(time_s > INVALID_S[0]) & (time_s < INVALID_S[1])]
        )
        trace[(time_s > 200) & (time_s < 217.3)] = np.nan  # the animal moved
        trace[(time_s > 300) & (time_s < 340), 2] = np.nan
        table = 1000 * (len(planes) + 1) + generator.permutation(40)[: count + 3]
        region = generator.permutation(count + 3)[:count]
        planes.append(_Plane(time_s, rate_hz, trace, table, region))
        first += count
    return planes[0], planes[1]


def _write(
    path: Path,
    movie: np.ndarray,
    edges_s: np.ndarray,
    planes: tuple[_Plane, _Plane],
    generator: np.random.Generator,
    order: Order,
    container: str,
    decay_s: float | None,
) -> None:
    file = begin("ophys-2")
    file.add_stimulus(image_series(STIMULUS, movie, order, timestamps=edges_s[:-1]))
    file.add_stimulus(
        ImageSeries(
            name=ABSENT,
            unit="n.a.",
            external_file=["movies/natural_movie.mp4"],
            format="external",
            starting_frame=[0],
            starting_time=float(edges_s[-1]) + 2,
            rate=30.0,
            num_samples=900,
        )
    )
    file.add_invalid_time_interval(start_time=INVALID_S[0], stop_time=INVALID_S[1], tags=["saturated"])
    segmentation = ImageSegmentation()
    ophys = file.create_processing_module("ophys", "two planes")
    ophys.add(segmentation)
    traces = (DfOverF if container == "dff" else Fluorescence)(name="Traces")
    ophys.add(traces)
    device = file.create_device("microscope")
    for number, plane in enumerate(planes):
        _add_traces(file, traces, device, segmentation, number, plane, decay_s)
    add_behaviour(file, float(edges_s[-1]) + 20, generator)
    save(file, path)


def _add_traces(
    file: pynwb.NWBFile,
    traces: DfOverF | Fluorescence,
    device: pynwb.device.Device,
    segmentation: ImageSegmentation,
    number: int,
    plane: _Plane,
    decay_s: float | None,
) -> None:
    optical = OpticalChannel(name="green", description="green", emission_lambda=520.0)
    imaging = file.create_imaging_plane(
        name=f"imaging_plane_{number}",
        optical_channel=optical,
        description="a plane",
        device=device,
        excitation_lambda=920.0,
        indicator="GCaMP6f",
        location="VISp",
    )
    table = segmentation.create_plane_segmentation(
        name=f"cells_{number}", description="cells", imaging_plane=imaging
    )
    for cell in plane.ids.tolist():
        table.add_roi(id=cell, pixel_mask=[(1, 2, 1.0)])
    activity = plane.trace if decay_s is None else _smear(plane.trace, plane.time_s, decay_s)
    clock = (
        {"timestamps": plane.time_s}
        if plane.rate_hz is None
        else {
            "starting_time": float(plane.time_s[0]),
            "rate": plane.rate_hz,
        }
    )
    traces.create_roi_response_series(
        name=f"plane_{number}",
        data=(100 * (activity - OFFSETS[number])).astype(np.float32),
        unit="percent",
        conversion=0.01,
        offset=OFFSETS[number],
        rois=table.create_roi_table_region(region=plane.region.tolist(), description="cells"),
        **clock,
    )


def _smear(trace: np.ndarray, time_s: np.ndarray, decay_s: float) -> np.ndarray:
    """Let every sample decay into those after it: c(t) = c(t − Δt) exp(−Δt / decay) + activity."""
    smeared, last = np.empty_like(trace), np.zeros(trace.shape[1])
    for row, interval_s in enumerate(np.diff(time_s, prepend=time_s[0])):
        last = last * np.exp(-interval_s / decay_s) + np.nan_to_num(trace[row])
        smeared[row] = np.where(np.isnan(trace[row]), np.nan, last)
    return smeared


def _tell(cells: Cells, movie: np.ndarray, edges_s: np.ndarray, planes: tuple[_Plane, _Plane]) -> FileTruth:
    def respond(edges_s: np.ndarray) -> np.ndarray:
        return np.concatenate([_mean_of_samples(plane, edges_s) for plane in planes], axis=1)

    ids = [f"plane_{number}/{plane.ids[row]}" for number, plane in enumerate(planes) for row in plane.region]
    unmasked = respond(edges_s)[None]
    responses = unmasked.copy()
    responses[0, in_intervals(edges_s, [INVALID_S])] = np.nan
    return FileTruth(
        tuple(ids),
        cells.filters,
        cells.peak_lag,
        {STIMULUS: Shown(movie, edges_s[None], responses, unmasked)},
        respond,
        behaviour=dict(TRACES),
    )


def _mean_of_samples(plane: _Plane, edges_s: np.ndarray) -> np.ndarray:
    """Return the mean of the samples from each edge on and before the next, NaN where there is none."""
    inside = (plane.time_s >= edges_s[0]) & (plane.time_s < edges_s[-1])
    row = np.searchsorted(edges_s, plane.time_s[inside], side="right") - 1
    values = plane.trace[inside]
    alive = ~np.isnan(values)
    total = np.zeros((len(edges_s) - 1, values.shape[1]))
    count = np.zeros_like(total)
    np.add.at(total, row, np.where(alive, values, 0))
    np.add.at(count, row, alive)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
