"""Small NWB files of three kinds, as a laboratory may bring them, for tests of what `sysid inspect` says."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
from pynwb.base import ImageReferences, Images
from pynwb.epoch import TimeIntervals
from pynwb.file import Subject
from pynwb.image import GrayscaleImage, ImageSeries, IndexSeries, OpticalSeries
from pynwb.ophys import DfOverF, Fluorescence, ImageSegmentation, OpticalChannel, RoiResponseSeries

FRAME_S = 1 / 20
HEIGHT, WIDTH = 6, 5


def begin(description: str) -> NWBFile:
    """Begin a file."""
    file = NWBFile(
        session_description=description,
        identifier="a-test",
        session_start_time=datetime(2020, 5, 17, 12, 30, tzinfo=UTC),
        session_id="session-7",
    )
    file.subject = Subject(subject_id="a", species="Mus musculus", age="P90D", sex="F")
    return file


def save(file: NWBFile, path: Path) -> Path:
    """Write a file."""
    with NWBHDF5IO(path, "w") as io:
        io.write(file)
    return path


def random_frames(frames: int, seed: int = 0) -> np.ndarray:
    """Return uint8 frames, (frame, height, width)."""
    return np.random.default_rng(seed).integers(0, 256, (frames, HEIGHT, WIDTH), dtype=np.uint8)


def add_noise(file: NWBFile, frames: int = 240, name: str = "noise") -> None:
    """Show noise once from 1 s on, with a dropped frame after the first hundred."""
    onset_s = 1 + FRAME_S * np.arange(frames)
    onset_s[100:] += FRAME_S
    file.add_stimulus(
        OpticalSeries(
            name=name,
            data=random_frames(frames),
            unit="n.a.",
            format="raw",
            dimension=[WIDTH, HEIGHT],
            distance=0.1,
            field_of_view=[0.1, 0.1],
            orientation="up",
            timestamps=onset_s,
        )
    )


def add_movie_table(file: NWBFile, frames: int = 30, repeats: int = 3, first_s: float = 20.0) -> None:
    """Show the template `movie` frame by frame, some times whole and once broken off, counted nowhere."""
    table = TimeIntervals(name="movie_presentations", description="frames")
    table.add_column("frame", "number of the frame in the template, from 0")
    passes = [frames] * repeats + [frames // 2]
    start_s = first_s
    for count in passes:
        for frame in range(count):
            table.add_interval(start_time=start_s, stop_time=start_s + FRAME_S, frame=float(frame))
            start_s += FRAME_S
    file.add_time_intervals(table)


def add_template(file: NWBFile, frames: int = 30) -> None:
    """Keep the pixels of `movie` in the file."""
    file.add_stimulus_template(
        ImageSeries(name="movie", data=random_frames(frames, 1), unit="n.a.", format="raw", rate=20.0)
    )


def spikes(seed: int, start_s: float, stop_s: float) -> np.ndarray:
    """Return spike times at about 8 Hz."""
    return np.sort(np.random.default_rng(seed).uniform(start_s, stop_s, int(8 * (stop_s - start_s))))


def make_retina() -> NWBFile:
    """Noise, a movie repeated and once broken off, four units, one half observed and one badly sorted."""
    file = begin("Retinal ganglion cells")
    add_noise(file)
    add_movie_table(file)
    add_template(file)
    file.add_unit_column("quality", "of the sorting")
    for unit in range(4):
        file.add_unit(
            id=10 + unit,
            spike_times=spikes(unit, 0.5, 30),
            obs_intervals=[[0.0, 15.0 if unit == 1 else 30.0]],
            quality="noise" if unit == 3 else "good",
        )
    return file


def make_probe() -> NWBFile:
    """Frames by number alone, units in two areas with metrics, running speed with NaN, invalid times."""
    file = begin("Neuropixels, visual cortex")
    add_movie_table(file)
    for name in ("isi_violations", "amplitude_cutoff", "presence_ratio", "location"):
        file.add_unit_column(name, name)
    for unit in range(5):
        file.add_unit(
            spike_times=spikes(unit, 18, 30),
            isi_violations=0.1 * unit,
            amplitude_cutoff=np.nan if unit == 4 else 0.01,
            presence_ratio=0.99,
            location="VISp" if unit < 3 else "LP",
        )
    speed = np.random.default_rng(3).normal(10, 1, 400)
    speed[:40] = np.nan
    module = file.create_processing_module("behavior", "behaviour")
    module.add(
        TimeSeries(name="running_speed", data=speed, unit="cm/s", timestamps=18 + np.arange(400) * 0.03)
    )
    file.add_invalid_time_interval(start_time=22.0, stop_time=22.5)
    return file


def add_index_series(file: NWBFile) -> None:
    """Tell of the movie a second time: as a series of images by number, the three whole showings."""
    images = [
        GrayscaleImage(name=f"image{number}", data=frame) for number, frame in enumerate(random_frames(30, 1))
    ]
    order = ImageReferences(name="order_of_images", data=images)
    container = Images(name="movie_images", images=images, order_of_images=order)
    file.add_stimulus_template(container)
    file.add_stimulus(
        IndexSeries(
            name="movie_shown",
            data=np.tile(np.arange(30, dtype=np.uint32), 3),
            unit="N/A",
            indexed_images=container,
            timestamps=20.0 + FRAME_S * np.arange(90),
        )
    )


def make_two_photon() -> NWBFile:
    """Two planes of dF/F in percent on clocks of their own, NaN rows, raw fluorescence, an external movie."""
    file = begin("Two-photon imaging, visual cortex")
    add_noise(file)
    file.add_stimulus(
        ImageSeries(
            name="scenes",
            external_file=["videos/scenes.avi"],
            starting_frame=[0],
            format="external",
            unit="n.a.",
            dimension=[WIDTH, HEIGHT],
            timestamps=15 + FRAME_S * np.arange(40),
        )
    )
    module = file.create_processing_module("ophys", "imaging")
    device = file.create_device("microscope")
    segmentation, dff, raw = ImageSegmentation(), DfOverF(), Fluorescence(name="Neuropil")
    module.add(segmentation)
    module.add(dff)
    module.add(raw)
    for number, cells in enumerate((3, 2)):
        plane = file.create_imaging_plane(
            name=f"imaging_plane_{number}",
            optical_channel=OpticalChannel(name="green", description="green", emission_lambda=520.0),
            description="a plane",
            device=device,
            excitation_lambda=920.0,
            indicator="GCaMP6f",
            location="VISp",
        )
        table = segmentation.create_plane_segmentation(
            name=f"cells_{number}", description="cells", imaging_plane=plane
        )
        for _ in range(cells):
            table.add_roi(image_mask=np.ones((2, 2)))
        for container in (dff, raw):
            values = np.random.default_rng(number).normal(5, 20, (150, cells))
            values[10:25] = np.nan
            container.add_roi_response_series(
                RoiResponseSeries(
                    name=f"plane_{number}",
                    data=values,
                    rois=table.create_roi_table_region(
                        region=list(range(cells)), description="all", name="rois"
                    ),
                    unit="percent",
                    conversion=0.01,
                    timestamps=0.5 + 0.03 * number + 0.1 * np.arange(150),
                )
            )
    return file


def make_observatory(folder: Path) -> NWBFile:
    """One table with a movie, single images, gratings and a grey screen; pixels are in a folder beside it."""
    file = begin("Brain observatory")
    table = TimeIntervals(name="stimulus_presentations", description="frames")
    table.add_column("stimulus_name", "what was shown")
    table.add_column("frame", "number of the frame, NaN where there is none")
    start_s = 10.0
    order = np.random.default_rng(4).permutation(np.repeat(np.arange(12), 4))
    shown = [("spontaneous", np.nan, 2.0), *[("gratings", np.nan, 0.25)] * 8]
    shown += [("movie_one", frame, 1 / 30) for _ in range(2) for frame in range(90)]
    shown += [("scenes", frame, 0.25) for frame in order]
    for name, frame, duration_s in shown:
        table.add_interval(
            start_time=start_s, stop_time=start_s + duration_s, stimulus_name=name, frame=float(frame)
        )
        start_s += duration_s
    file.add_time_intervals(table)
    for unit in range(3):
        file.add_unit(spike_times=spikes(unit, 5, start_s))
    folder.mkdir()
    np.save(folder / "movie_one.npy", np.random.default_rng(5).integers(0, 256, (90, 60, 80), dtype=np.uint8))
    np.save(folder / "scenes.npy", random_frames(12, 6))
    return file
