"""Movies and images in an NWB file: the pixels once, and tables of when they were shown."""

import numpy as np
from hdmf.common import VectorIndex
from jaxtyping import UInt8
from pynwb import H5DataIO, NWBFile
from pynwb.base import ImageReferences, Images, TimeSeriesReference, TimeSeriesReferenceVectorData
from pynwb.core import VectorData
from pynwb.epoch import TimeIntervals
from pynwb.image import GrayscaleImage, IndexSeries, OpticalSeries

from sysid_datasets.conversion.session import Trial

UPRIGHT = "rows come first, from the top of the screen down, then columns, from left to right"
PRESENTATIONS = "movie_presentations"  # name of the table
CHUNK_FRAMES = 16  # of 360×360 px: 2 MB, what is decompressed to read one frame


def add_movie(
    content: NWBFile, name: str, pixels: UInt8[np.ndarray, "frame height width"], frame_rate_hz: float
) -> None:
    """Add the frames of a movie as a template, which tells neither when nor how often it was shown."""
    frames, height, width = pixels.shape
    content.add_stimulus_template(
        OpticalSeries(
            name=name,
            description=(
                f"Frames of {name}, each once, {frames} at {frame_rate_hz:g} Hz from its onset on; the table "
                f"{PRESENTATIONS} says when it was shown"
            ),
            comments=UPRIGHT,
            orientation=UPRIGHT,
            data=H5DataIO(pixels, compression="gzip", chunks=(min(frames, CHUNK_FRAMES), height, width)),
            unit="grey level, 0 to 255",
            dimension=[width, height],
            format="raw",
            starting_time=0.0,
            rate=frame_rate_hz,
        )
    )


def add_presentations(content: NWBFile, trials: tuple[Trial, ...]) -> None:
    """Add a table with one row for each time that one of the movies was shown, whole."""
    movies = [content.stimulus_template[trial.shown] for trial in trials]
    frames = [movie.num_samples for movie in movies]
    shown = TimeSeriesReferenceVectorData(
        name="timeseries",
        description="which frames were shown: the first, how many, and of which movie",
        data=[TimeSeriesReference(0, count, movie) for count, movie in zip(frames, movies, strict=True)],
    )
    columns = (
        ("start_time", "onset of the first frame, in seconds", [trial.start_s for trial in trials]),
        ("stop_time", "end of the last frame, in seconds", [trial.stop_s for trial in trials]),
        ("stimulus_name", "the movie, in stimulus/templates", [trial.shown for trial in trials]),
        ("repeat", "how often it was shown before", [trial.repeat for trial in trials]),
        ("first_frame", "number of the first frame that was shown, from 0", [0] * len(trials)),
        ("frames", "how many frames were shown", frames),
    )
    content.add_time_intervals(
        TimeIntervals(
            name=PRESENTATIONS,
            description="Every time that a movie was shown, from its first frame to its last at its own rate",
            columns=[
                *(VectorData(name=name, description=about, data=data) for name, about, data in columns),
                VectorIndex(name="timeseries_index", target=shown, data=list(range(1, len(trials) + 1))),
                shown,
            ],
        )
    )


def add_images(
    content: NWBFile, name: str, pixels: UInt8[np.ndarray, "image height width"], trials: tuple[Trial, ...]
) -> None:
    """Add a set of images, when each was on screen, and a trial for each time."""
    images = [
        GrayscaleImage(name=f"image{number + 1:03d}", data=image, description=UPRIGHT)
        for number, image in enumerate(pixels)
    ]
    container = Images(
        name=name,
        description=f"All images, each once; {UPRIGHT}",
        images=images,
        order_of_images=ImageReferences(name="order_of_images", data=images),
    )
    content.add_stimulus_template(container)
    content.add_stimulus(
        IndexSeries(
            name=f"{name}_shown",
            description=f"Which of {name} was on screen from each time on; the trials say until when",
            data=np.array([trial.image for trial in trials], dtype=np.uint32),
            unit="N/A",
            indexed_images=container,
            timestamps=np.array([trial.start_s for trial in trials]),
        )
    )
    content.add_trial_column("image", f"number of the image in {name}, from 0")
    content.add_trial_column("repeat", "how often it was shown before")
    for trial in trials:
        content.add_trial(
            start_time=trial.start_s, stop_time=trial.stop_s, image=trial.image, repeat=trial.repeat
        )
