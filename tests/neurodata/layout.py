"""One experiment, written in the ways in which laboratories write it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pynwb
from pynwb.base import ImageReferences, Images
from pynwb.image import GrayscaleImage
from skimage.io import imsave

from tests.neurodata.experiment import IDS, Experiment
from tests.neurodata.file_part import (
    add_units,
    begin,
    image_series,
    index_series,
    interval_table,
    optical_series,
    save,
)

Layout = Callable[[Experiment, Path], dict[str, Any]]
"""Writes an experiment to a path and returns what else a recipe has to say."""
MOVIE = "natural_movie_one"
TABLE = "natural_movie_one_presentations"


def _begin(experiment: Experiment, *, noise: bool = True) -> pynwb.NWBFile:
    file = begin("kinds")
    if noise:
        file.add_stimulus(optical_series("noise", experiment.noise, timestamps=experiment.noise_s[:-1]))
    add_units(file, IDS, experiment.trains)
    return file


def _onsets(experiment: Experiment) -> np.ndarray:
    return experiment.repeats_s[:, :-1].ravel()


def _rows(experiment: Experiment) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return start, stop and frame of one row per frame of every repeat."""
    frame = np.tile(np.arange(len(experiment.movie), dtype=float), len(experiment.repeats_s))
    return _onsets(experiment), experiment.repeats_s[:, 1:].ravel(), frame


def _repeated(experiment: Experiment) -> np.ndarray:
    return np.concatenate([experiment.movie] * len(experiment.repeats_s))


def one_series_and_trials(experiment: Experiment, path: Path) -> dict[str, Any]:
    """The repeats are one series; `trials` marks them, in any order, and the noise too."""
    file = _begin(experiment)
    file.add_stimulus(optical_series("clip", _repeated(experiment), timestamps=_onsets(experiment)))
    start_s = np.append(experiment.repeats_s[:, 0], experiment.noise_s[0])[::-1]
    stop_s = np.append(experiment.repeats_s[:, -1], experiment.noise_s[-1])[::-1]
    shuffled = np.array([3, 0, 5, 1, 4, 2])
    names = np.array(["noise", *["clip"] * 5])
    file.trials = interval_table(
        "trials", start_s[shuffled], stop_s[shuffled], {"stim": names[shuffled].tolist()}
    )
    save(file, path)
    return {}


def whole_session_in_one_series(experiment: Experiment, path: Path) -> dict[str, Any]:
    """Noise and repeats are one series, in which an interval table marks both."""
    file = _begin(experiment, noise=False)
    frames = np.concatenate([experiment.noise, _repeated(experiment)])
    onsets_s = np.append(experiment.noise_s[:-1], _onsets(experiment))
    file.add_stimulus(optical_series("screen", frames, timestamps=onsets_s))
    file.add_time_intervals(
        interval_table(
            "epochs_of_stimuli",
            np.append(experiment.noise_s[0], experiment.repeats_s[:, 0]),
            np.append(experiment.noise_s[-1], experiment.repeats_s[:, -1]),
            {"condition": ["noise"] + ["movie"] * 5},
        )
    )
    save(file, path)
    return {}


def index_into_series(experiment: Experiment, path: Path) -> dict[str, Any]:
    """Numbers 0 … n, five times, into a template that has no times of its own."""
    file = _begin(experiment)
    template = image_series(
        f"{MOVIE}_image_stack", experiment.movie, timestamps=np.full(len(experiment.movie), np.nan)
    )
    file.add_stimulus_template(template)
    _, _, frame = _rows(experiment)
    file.add_stimulus(index_series(f"{MOVIE}_stimulus", frame, template, timestamps=_onsets(experiment)))
    save(file, path)
    return {}


def index_into_images(experiment: Experiment, path: Path) -> dict[str, Any]:
    """Numbers into images whose names sort otherwise than `order_of_images`."""
    file = _begin(experiment)
    count = len(experiment.movie)
    names = np.random.default_rng(0).permutation(count)
    images = [
        GrayscaleImage(name=f"image_{name:03d}", data=frame)
        for name, frame in zip(names, experiment.movie, strict=True)
    ]
    container = Images(
        name="movie_images",
        images=[images[row] for row in np.argsort(names)],
        order_of_images=ImageReferences(name="order_of_images", data=images),
    )
    file.add_stimulus_template(container)
    _, _, frame = _rows(experiment)
    file.add_stimulus(index_series("movie", frame, container, timestamps=_onsets(experiment)))
    save(file, path)
    return {}


def index_of_everything(experiment: Experiment, path: Path) -> dict[str, Any]:
    """One index series for the session, into one template with the frames of all."""
    file = _begin(experiment, noise=False)
    template = image_series(
        "stack", np.concatenate([experiment.noise, experiment.movie]), starting_time=0.0, rate=30.0
    )
    file.add_stimulus_template(template)
    count = len(experiment.noise)
    numbers = np.append(np.arange(count), count + _rows(experiment)[2])
    onsets_s = np.append(experiment.noise_s[:-1], _onsets(experiment))
    file.add_stimulus(index_series("screen", numbers, template, timestamps=onsets_s))
    save(file, path)
    return {}


def _table(experiment: Experiment, name: str = TABLE, **columns: Any) -> pynwb.epoch.TimeIntervals:
    start_s, stop_s, frame = _rows(experiment)
    return interval_table(name, start_s, stop_s, {**columns, "frame": frame})


def _with_table(path: Path, file: pynwb.NWBFile, table: pynwb.epoch.TimeIntervals) -> None:
    file.add_time_intervals(table)
    save(file, path)


def table_in_any_order(experiment: Experiment, path: Path) -> dict[str, Any]:
    """A table of frames whose rows are not in order of time, with a template called otherwise."""
    file = _begin(experiment)
    file.add_stimulus_template(
        image_series(f"{MOVIE}_template", experiment.movie, starting_time=0.0, rate=30.0)
    )
    start_s, stop_s, frame = _rows(experiment)
    order = np.random.default_rng(1).permutation(len(frame))
    columns = {"frame": frame[order], "stimulus_name": [MOVIE] * len(frame)}
    _with_table(path, file, interval_table(TABLE, start_s[order], stop_s[order], columns))
    return {}


def table_with_repeats(experiment: Experiment, path: Path) -> dict[str, Any]:
    """A table that says which repeat a row belongs to, in text."""
    file = _begin(experiment)
    file.add_stimulus_template(image_series(MOVIE, experiment.movie, starting_time=0.0, rate=30.0))
    labels = np.repeat([f"run {number}" for number in range(5)], len(experiment.movie)).tolist()
    _with_table(path, file, _table(experiment, repeat=labels))
    return {}


def table_with_empty_columns(experiment: Experiment, path: Path) -> dict[str, Any]:
    """A table that has the columns of gratings and blocks too, all NaN."""
    file = _begin(experiment)
    file.add_stimulus_template(image_series(MOVIE, experiment.movie, starting_time=0.0, rate=30.0))
    nothing = np.full(_onsets(experiment).shape, np.nan)
    _with_table(path, file, _table(experiment, stimulus_block=nothing, orientation=nothing))
    return {}


def templates_in_hdf5(experiment: Experiment, path: Path) -> dict[str, Any]:
    """The pixels are in an HDF5 file beside it, among other things."""
    place = path.with_name("templates.h5")
    with h5py.File(place, "w") as file:
        file[MOVIE] = experiment.movie
        file["natural_movie_three"] = experiment.movie[::-1]
    _with_table(
        path, _begin(experiment), _table(experiment, stimulus_name=[MOVIE] * len(_rows(experiment)[0]))
    )
    return {"templates": place}


def templates_in_a_named_dataset(experiment: Experiment, path: Path) -> dict[str, Any]:
    """The pixels are in a dataset that the recipe names."""
    place = path.with_name("templates.h5")
    with h5py.File(place, "w") as file:
        file["a"], file["b"] = experiment.movie, experiment.movie[::-1]
    _with_table(path, _begin(experiment), _table(experiment))
    return {"templates": place, "templates_dataset": "a"}


def templates_in_nwb(experiment: Experiment, path: Path) -> dict[str, Any]:
    """The pixels are in another NWB file, which lies the other way round."""
    place = path.with_name("templates.nwb")
    other = begin("templates")
    other.add_stimulus_template(
        image_series(f"{MOVIE}_image_stack", experiment.movie, "txy", starting_time=0.0, rate=30.0)
    )
    save(other, place)
    _with_table(path, _begin(experiment), _table(experiment))
    return {"templates": place}


def templates_as_images(experiment: Experiment, path: Path) -> dict[str, Any]:
    """The pixels are images, of which the tenth comes after the ninth, not after the first."""
    place = path.with_name("templates") / MOVIE
    place.mkdir(parents=True)
    for number, frame in enumerate(experiment.movie):
        imsave(place / f"frame{number}.png", frame, check_contrast=False)
    _with_table(path, _begin(experiment), _table(experiment))
    return {"templates": place.parent}


def two_movies_in_one_table(experiment: Experiment, path: Path) -> dict[str, Any]:
    """Rows of another movie lie before the repeats, and a column says which is which."""
    file = _begin(experiment)
    for name, frames in ((MOVIE, experiment.movie), ("natural_movie_three", experiment.movie[::-1])):
        file.add_stimulus_template(image_series(name, frames, starting_time=0.0, rate=30.0))
    start_s, stop_s, frame = _rows(experiment)
    before_s = np.linspace(1.0, 4.0, 51)
    table = interval_table(
        "natural_movie_presentations",
        np.append(before_s[:-1], start_s),
        np.append(before_s[1:], stop_s),
        {
            "movie_name": ["natural_movie_three"] * 50 + [MOVIE] * len(frame),
            "frame": np.append(np.arange(50.0), frame),
        },
    )
    _with_table(path, file, table)
    return {"stimulus": ("noise", MOVIE)}


LAYOUTS: tuple[Layout, ...] = (
    one_series_and_trials,
    whole_session_in_one_series,
    index_into_series,
    index_into_images,
    index_of_everything,
    table_in_any_order,
    table_with_repeats,
    table_with_empty_columns,
    templates_in_hdf5,
    templates_in_a_named_dataset,
    templates_in_nwb,
    templates_as_images,
    two_movies_in_one_table,
)
