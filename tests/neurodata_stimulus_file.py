"""Small NWB files for tests of how stimuli are found in them."""

import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pynwb import NWBHDF5IO, NWBFile
from pynwb.base import ImageReferences, Images
from pynwb.epoch import TimeIntervals
from pynwb.image import GrayscaleImage, ImageSeries, IndexSeries, OpticalSeries

HEIGHT, WIDTH = 4, 6


def begin() -> NWBFile:
    """Begin a file."""
    return NWBFile(
        session_description="a test",
        identifier="a-test",
        session_start_time=datetime(2020, 5, 17, 12, 30, tzinfo=UTC),
    )


def save(file: NWBFile, path: Path) -> Path:
    """Write a file."""
    with NWBHDF5IO(path, "w") as io:
        io.write(file)
    return path


def draw_frames(frames: int, seed: int = 0) -> np.ndarray:
    """Return uint8 frames, (frame, height, width), all different."""
    return np.random.default_rng(seed).integers(0, 256, (frames, HEIGHT, WIDTH), dtype=np.uint8)


def optical_series(
    name: str, data: np.ndarray, onset_s: np.ndarray, dimension: Sequence[int] = (WIDTH, HEIGHT)
) -> OpticalSeries:
    """Make a series of frames shown at given times."""
    return OpticalSeries(
        name=name,
        data=data,
        unit="n.a.",
        format="raw",
        dimension=list(dimension),
        distance=0.1,
        field_of_view=[0.1, 0.1],
        orientation="up",
        timestamps=onset_s,
    )


def image_series(name: str, data: np.ndarray, rate: float = 10.0) -> ImageSeries:
    """Make a series of frames as a template is kept."""
    return ImageSeries(name=name, data=data, unit="n.a.", format="raw", rate=rate)


def external_series(
    name: str, files: Sequence[str], onset_s: np.ndarray, starts: Sequence[int] | None = None
) -> ImageSeries:
    """Make a series whose frames are in other files; `starts` are the numbers of their first frames."""
    return ImageSeries(
        name=name,
        unit="n.a.",
        format="external",
        external_file=list(files),
        starting_frame=[0] * len(files) if starts is None else list(starts),
        timestamps=onset_s,
    )


def index_series(
    name: str, data: Sequence[int], onset_s: np.ndarray, target: Images | ImageSeries
) -> IndexSeries:
    """Make a series that numbers frames of another or of images.

    pynwb no longer makes the first kind, which published files have, but still reads and writes it.
    """
    series = IndexSeries.__new__(IndexSeries, in_construct_mode=True)
    key = "indexed_images" if isinstance(target, Images) else "indexed_timeseries"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        series.__init__(
            name=name, data=np.array(data, dtype=np.uint32), unit="N/A", timestamps=onset_s, **{key: target}
        )
    series._in_construct_mode = False
    return series


def image_set(name: str, frames: np.ndarray, order: Sequence[int] | None = None) -> Images:
    """Make a set of images `scene0`, `scene1`, …, in an order that is not that of their names."""
    images = [GrayscaleImage(name=f"scene{number}", data=frame) for number, frame in enumerate(frames)]
    references = None
    if order is not None:
        references = ImageReferences(name="order_of_images", data=[images[number] for number in order])
    return Images(name=name, images=images, order_of_images=references, description="scenes")


def frame_table(
    name: str,
    rows: Sequence[tuple[float, float, float]],
    columns: dict[str, Sequence[object]] | None = None,
    frame: str = "frame",
) -> TimeIntervals:
    """Make an interval table with rows of (start, stop, frame) and further columns."""
    table = TimeIntervals(name=name, description="what was shown")
    table.add_column(frame, "number of the frame")
    for column in columns or {}:
        table.add_column(column, column)
    for number, (start_s, stop_s, value) in enumerate(rows):
        others = {column: values[number] for column, values in (columns or {}).items()}
        table.add_interval(start_time=start_s, stop_time=stop_s, **{frame: float(value)}, **others)
    return table


def movie_rows(
    first_s: float, frames: Sequence[float], interval_s: float = 0.05
) -> list[tuple[float, float, float]]:
    """Return contiguous rows of a table."""
    return [
        (first_s + interval_s * row, first_s + interval_s * (row + 1), frame)
        for row, frame in enumerate(frames)
    ]
