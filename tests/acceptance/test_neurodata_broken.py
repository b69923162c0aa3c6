"""Broken files are one line each, through `check`, `run` and `inspect`."""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

import attrs
import h5py
import numpy as np
import pytest

from tests.command_line import call
from tests.neurodata.file_part import edit
from tests.neurodata.retina_file import write_retina

NOISE = "stimulus/presentation/white_noise"
RECIPE = """\
[datasets.own]
use = "nwb"
path = "own.nwb"
stimulus = ["white_noise"]
[samples]
history = 4
[encoder]
use = "identity"
[readout]
use = "window"
window_px = 5
[training]
method = "least_squares"
"""


@attrs.frozen(eq=False)
class Break:
    """One way to break a file.

    Attributes:
        do: breaks the file at a path.
        words: that the line must have.
    """

    do: Callable[[Path], None]
    words: tuple[str, ...]


def _truncate(path: Path, share: float = 0.6) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])


def _write_text(path: Path) -> None:
    path.write_text("time,unit\n0.1,3\n")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _nwb_1(path: Path) -> None:
    path.unlink()
    with h5py.File(path, "w") as file:
        file["nwb_version"] = "NWB-1.0.6"
        file["session_start_time"] = "2016-03-01T10:00:00"
        for group in ("acquisition", "analysis", "epochs", "general", "processing", "stimulus/presentation"):
            file.create_group(group)


def _other_hdf5(path: Path) -> None:
    path.unlink()
    with h5py.File(path, "w") as file:
        file["frames"] = np.zeros((3, 4, 5))


def _without(name: str) -> Callable[[Path], None]:
    def do(path: Path) -> None:
        with edit(path) as file:
            del file[name]

    return do


def _replace(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    """Replace a dataset by another of the same attributes."""

    def do(path: Path) -> None:
        with edit(path) as file:
            old = file[name]
            values, attributes = change(old[:]), dict(old.attrs)
            del file[name]
            new = file.create_dataset(name, data=values)
            for key, value in attributes.items():
                new.attrs[key] = value

    return do


def _text(values: np.ndarray) -> np.ndarray:
    return np.array([f"{value}".encode() for value in values.ravel()[:50]])


def _zero_units(path: Path) -> None:
    with edit(path) as file:
        units = file["units"]
        for name in list(units):
            attributes = dict(units[name].attrs)
            empty = units[name][:0]
            del units[name]
            units.create_dataset(name, data=empty, maxshape=(None, *empty.shape[1:]))
            for key, value in attributes.items():
                if key != "table":
                    units[name].attrs[key] = value
        for name in list(units):
            if name.endswith("_index"):
                units[name].attrs["target"] = units[name.removesuffix("_index")].ref


def _link_to_nowhere(name: str) -> Callable[[Path], None]:
    def do(path: Path) -> None:
        with edit(path) as file:
            del file[name]
            file[name] = h5py.ExternalLink("elsewhere/movie.h5", "/data")

    return do


def _shift(*columns: str) -> Callable[[Path], None]:
    """Move columns of times beyond all that was shown."""

    def do(path: Path) -> None:
        with edit(path) as file:
            for column in columns:
                file[f"units/{column}"][...] += 1e5

    return do


def _swap(values: np.ndarray, *, with_previous: int) -> np.ndarray:
    values[with_previous - 1 : with_previous + 1] = values[with_previous - 1 : with_previous + 1][::-1]
    return values


def _set(at: int, value: Callable[[np.ndarray], float]) -> Callable[[np.ndarray], np.ndarray]:
    def change(values: np.ndarray) -> np.ndarray:
        values[at] = value(values)
        return values

    return change


BROKEN = {
    "truncated": Break(_truncate, ("cut short",)),
    "cut to its first bytes": Break(lambda path: _truncate(path, 0.001), ("cut short",)),
    "empty": Break(_empty, ("empty file",)),
    "not HDF5": Break(_write_text, ("HDF5",)),
    "NWB 1.0": Break(_nwb_1, ("1.0", "NWB 2")),
    "HDF5 without NWB": Break(_other_hdf5, ("NWB",)),
    "no units": Break(_without("units"), ("units",)),
    "no spike times": Break(_without("units/spike_times"), ("spike_times",)),
    "no index of spike times": Break(_without("units/spike_times_index"), ("spike_times",)),
    "no stimulus": Break(_without("stimulus/presentation"), ("stimulus",)),
    "no such series": Break(_without(NOISE), ("stimulus",)),
    "no frames": Break(_without(f"{NOISE}/data"), ("white_noise",)),
    "no timestamps": Break(_without(f"{NOISE}/timestamps"), ("white_noise", "time")),
    "spike times as text": Break(_replace("units/spike_times", _text), ("units", "spike_times")),
    "index of spike times as fractions": Break(
        _replace("units/spike_times_index", lambda values: values + 0.5), ("units", "spike_times")
    ),
    "index of spike times beyond the end": Break(
        _replace("units/spike_times_index", lambda values: values * 7), ("units", "spike_times")
    ),
    "frames as text": Break(_replace(f"{NOISE}/data", _text), ("white_noise",)),
    "frames as a line": Break(_replace(f"{NOISE}/data", lambda data: data[:, 0, 0]), ("white_noise",)),
    "timestamps as text": Break(_replace(f"{NOISE}/timestamps", _text), ("white_noise", "timestamps")),
    "too few timestamps": Break(
        _replace(f"{NOISE}/timestamps", lambda values: values[:-7]),
        ("white_noise", "timestamps", "300"),
    ),
    "decreasing timestamps": Break(
        _replace(f"{NOISE}/timestamps", lambda values: _swap(values, with_previous=41)),
        ("timestamps", "41"),
    ),
    "a timestamp twice": Break(
        _replace(f"{NOISE}/timestamps", _set(17, lambda values: values[16])), ("timestamps", "17")
    ),
    "a timestamp that is NaN": Break(
        _replace(f"{NOISE}/timestamps", _set(23, lambda _: np.nan)), ("timestamps", "23")
    ),
    "zero units": Break(_zero_units, ("units",)),
    "no overlap": Break(_shift("spike_times", "obs_intervals"), ("white_noise",)),
    "no overlap where observed": Break(_shift("spike_times"), ("white_noise",)),
    "external link to nowhere": Break(_link_to_nowhere(f"{NOISE}/data"), ("elsewhere/movie.h5",)),
    "timestamps linked to nowhere": Break(_link_to_nowhere(f"{NOISE}/timestamps"), ("elsewhere/movie.h5",)),
    "series linked to nowhere": Break(_link_to_nowhere(NOISE), ("elsewhere/movie.h5",)),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A file that is not broken."""
    path = tmp_path_factory.mktemp("whole") / "own.nwb"
    write_retina(path, noise_frames=300)
    with edit(path) as file:
        for name in list(file["stimulus/presentation"]):
            if name != "white_noise":
                del file[f"stimulus/presentation/{name}"]
    return path


@pytest.fixture
def broken(request, whole, tmp_path):
    """One way to break a file, in a folder with the file and a recipe."""
    how = BROKEN[request.param]
    shutil.copy(whole, tmp_path / "own.nwb")
    how.do(tmp_path / "own.nwb")
    (tmp_path / "recipe.toml").write_text(RECIPE)
    with contextlib.chdir(tmp_path):
        yield how


def _is_one_line(outcome, words: tuple[str, ...]) -> list[str]:
    """Say what is wrong with what a command left."""
    missing = [word for word in words if word not in outcome.err]
    found = [f"exit {outcome.code}"] if outcome.code != 2 else []
    found += [f"{len(outcome.complaints)} lines: {outcome.err}"] if len(outcome.complaints) != 1 else []
    return found + ([f"without {missing}: {outcome.err}"] if missing else [])


def test_the_file_is_fine_while_it_is_whole(whole, tmp_path):
    shutil.copy(whole, tmp_path / "own.nwb")
    (tmp_path / "recipe.toml").write_text(RECIPE)
    with contextlib.chdir(tmp_path):
        assert call("check", "recipe.toml", "--no-timing").code == 0
        assert call("inspect", "own.nwb").code == 0


@pytest.mark.parametrize("broken", BROKEN, indirect=True)
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_recipe_of_a_broken_file_is_one_line(broken, command):
    assert _is_one_line(call(command, "recipe.toml"), ("own.nwb", *broken.words)) == []


@pytest.mark.parametrize("broken", BROKEN, indirect=True)
def test_inspecting_a_broken_file_is_one_line(broken):
    """What can be read of it all the same is on the page."""
    assert _is_one_line(call("inspect", "own.nwb"), ("own.nwb", *broken.words)) == []


@pytest.mark.parametrize("broken", BROKEN, indirect=True)
def test_no_recipe_is_written_for_a_broken_file(broken):
    outcome = call("inspect", "own.nwb", "--write", "new.toml")
    assert (outcome.code, len(outcome.complaints)) == (2, 1), outcome.err
    assert not Path("new.toml").exists()
