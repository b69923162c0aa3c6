"""Prediction takes no more memory for a long movie than for a short one, but for what it predicts."""

import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import sysid
from tests.command_line import call, write_recipe
from tests.lazy_movie import LazyMovie

TOP = Path(__file__).resolve().parents[1]
RUN = "runs/tiny/base/movie-simulated/fold0/seed0"
FRAMES = 10_000


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with a finished run: history 4, three neurons, 8×8 pixels."""
    place = tmp_path_factory.mktemp("constant")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert call("run", write_recipe()).code == 0
    return place


@pytest.fixture(autouse=True)
def _here(place, monkeypatch):
    monkeypatch.chdir(place)


def test_a_stimulus_that_reads_when_it_is_sliced_gives_the_rates_of_an_array(tmp_path):
    run = sysid.load_run(RUN)
    movie = LazyMovie(500)
    with h5py.File(tmp_path / "movie.h5", "w") as file:
        file["movie"] = movie[:]
        from_file = run.predict(file["movie"], batch_size=50)
    movie.longest = 0
    lazily = run.predict(movie, batch_size=50)
    assert movie.longest == 50 + 3
    np.testing.assert_array_equal(lazily, from_file)
    np.testing.assert_array_equal(lazily, run.predict(movie[:], batch_size=50))


def test_windows_are_predicted_some_at_a_time():
    run = sysid.load_run(RUN)
    windows = LazyMovie(120)[:].reshape(30, 4, 1, 8, 8)
    sizes = []
    run.model.register_forward_pre_hook(lambda model, inputs: sizes.append(len(inputs[0])))
    few = run.predict_windows(windows, batch_size=7)
    assert sizes == [7, 7, 7, 7, 2]
    np.testing.assert_allclose(few, run.predict_windows(windows), rtol=1e-5)


MEASURE = """
import re, sys
from pathlib import Path
import numpy as np
import torch
import sysid
from sysid.prediction import stream_rates
from sysid.prediction_file import Layout, write_prediction
from sysid.stimulus_file import open_stimulus
from tests.lazy_movie import LazyMovie

def resident(what):
    return int(re.search(rf"{what}:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) << 10

def from_python(frames):
    run.predict(LazyMovie(frames, dtype=np.float32))

def from_a_file(frames):
    rows = stream_rates(run, open_stimulus(Path(f"{frames}.npy"), (1, 8, 8)), None)
    write_prediction(Path("rates.npy"), Layout("rates", (frames, 3), ("a", "b", "c")), rows)

torch.set_num_threads(1)
run = sysid.load_run(sys.argv[1])
for predict in (from_python, from_a_file):
    for frames in map(int, sys.argv[2:]):
        before = resident("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")
        predict(frames)
        print(resident("VmHWM") - before)
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="resident memory as Linux counts it")
def test_a_movie_ten_times_as_long_takes_no_more_memory():
    for frames in (FRAMES, 10 * FRAMES):
        movie = np.lib.format.open_memmap(f"{frames}.npy", "w+", np.float32, (frames, 8, 8))
        movie[::5] = 1
        movie.flush()
    command = [sys.executable, "-c", MEASURE, RUN, str(FRAMES), str(10 * FRAMES)]
    environment = {"PYTHONPATH": str(TOP), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=True)
    grown = list(map(int, done.stdout.split()))
    movie, rates = 10 * FRAMES * 64 * 4, 10 * FRAMES * 3 * 4
    assert grown[1] < rates + (8 << 20) < movie / 2  # from Python, where the rates are returned
    assert grown[3] < 8 << 20  # from file to file
