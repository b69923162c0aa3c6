"""`sysid predict`: rates and spikes of any movie, from a run folder alone."""

import csv
import json
import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

import sysid
from sysid.prediction import PIECE_FRAMES, keep_on_disk, stream_rates, stream_spikes
from sysid.run_folder import RunFolder
from sysid.stimulus_file import open_stimulus
from tests.command_line import SIMULATED, Outcome, call, files_below, write_recipe

SHAPES = "expected shape (frame, 8, 8) or (frame, 1, 8, 8)"
FRAMES = 150  # more than two pieces of 64 bins
RUN = "runs/tiny/base/movie-simulated/fold0/seed0"


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with a finished run (history 4, three neurons, 8×8 pixels) and a movie."""
    place = tmp_path_factory.mktemp("predict")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert call("run", write_recipe(SIMULATED)).code == 0
        movie = np.random.default_rng(0).integers(0, 256, (FRAMES, 8, 8), dtype=np.uint8)
        np.save("movie.npy", movie)
    return place


@pytest.fixture(autouse=True)
def _here(place, monkeypatch):
    monkeypatch.chdir(place)


def predict(out: Path, *more: object, stimulus: Path | str = "movie.npy", run: Path | str = RUN) -> Outcome:
    return call("predict", run, "--stimulus", stimulus, "--out", out, *more)


def rates_in_python() -> np.ndarray:
    return sysid.load_run(RUN).predict(np.load("movie.npy")[:, None])


def test_rates_are_those_of_the_run(tmp_path):
    done = predict(tmp_path / "rates.npy")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{tmp_path / 'rates.npy'}: rates of 3 neurons at 147 of 150 frames SIMULATED\n"
    rates = np.load(tmp_path / "rates.npy", allow_pickle=False)
    assert (rates.shape, rates.dtype) == ((FRAMES, 3), np.float32)
    assert np.isnan(rates[:3]).all()
    np.testing.assert_allclose(rates, rates_in_python(), rtol=1e-5)
    assert rates[3:].std() > 0


def test_npz_and_csv_hold_the_same_with_the_neurons(tmp_path):
    for name in ("rates.npy", "rates.npz", "rates.csv"):
        assert predict(tmp_path / name).code == 0
    rates = np.load(tmp_path / "rates.npy")
    with np.load(tmp_path / "rates.npz", allow_pickle=False) as file:
        assert sorted(file.files) == ["neurons", "rates"]
        np.testing.assert_array_equal(file["rates"], rates)
        neurons = file["neurons"].tolist()
    assert neurons == sysid.load_run(RUN).information["sessions"]["retina"]["neurons"]
    header, *rows = csv.reader((tmp_path / "rates.csv").read_text(encoding="utf-8").splitlines())
    assert header == ["frame", *neurons]
    assert rows[2] == ["2", "", "", ""]
    assert [int(row[0]) for row in rows] == list(range(FRAMES))
    np.testing.assert_array_equal(np.array([row[1:] for row in rows[3:]], dtype=np.float32), rates[3:])


@pytest.mark.parametrize(
    "change",
    [
        lambda movie: movie[:, None],
        lambda movie: movie.astype(np.float32),
        lambda movie: movie.astype(">f8"),
        lambda movie: np.asfortranarray(movie),
    ],
    ids=["channel axis", "float32", "big-endian float64", "column-major"],
)
def test_the_same_movie_stored_otherwise_gives_the_same_rates(change, tmp_path):
    np.save(tmp_path / "other.npy", change(np.load("movie.npy")))
    assert predict(tmp_path / "rates.npy", stimulus=tmp_path / "other.npy").code == 0
    np.testing.assert_allclose(np.load(tmp_path / "rates.npy"), rates_in_python(), rtol=1e-5)


def test_spikes_are_poisson_counts_of_the_rates(tmp_path):
    done = predict(tmp_path / "spikes.npy", "--spikes", 500, "--seed", 3)
    assert done.out == f"{tmp_path / 'spikes.npy'}: 500 trials of 3 neurons at 147 of 150 frames SIMULATED\n"
    spikes, rates = np.load(tmp_path / "spikes.npy"), rates_in_python()
    assert spikes.shape == (500, FRAMES, 3)
    assert np.isnan(spikes[:, :3]).all()
    counts = spikes[:, 3:]
    assert (counts == counts.round()).all()
    error = (counts.mean(axis=0) - rates[3:]) / np.sqrt(rates[3:] / 500)  # standard normal, nearly
    assert abs(error).max() < 5
    assert error.std() == pytest.approx(1, abs=0.15)


def test_a_seed_gives_the_same_spikes_and_another_gives_others(tmp_path):
    for name, more in (("a", ("--seed", 1)), ("b", ("--seed", 1)), ("c", ("--seed", 2)), ("d", ())):
        assert predict(tmp_path / f"{name}.npy", "--spikes", 2, *more).code == 0
    one, same, other, first = (np.load(tmp_path / f"{name}.npy")[:, 3:] for name in "abcd")
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    assert (one[0] != one[1]).any()
    assert predict(tmp_path / "e.npy", "--spikes", 2, "--seed", 0).code == 0
    np.testing.assert_array_equal(first, np.load(tmp_path / "e.npy")[:, 3:])


def test_spikes_in_csv_name_repeat_and_frame(tmp_path):
    for name in ("spikes.npz", "spikes.csv"):
        assert predict(tmp_path / name, "--spikes", 2).code == 0
    with np.load(tmp_path / "spikes.npz") as file:
        spikes = file["spikes"]
    header, *rows = csv.reader((tmp_path / "spikes.csv").read_text(encoding="utf-8").splitlines())
    assert header[:2] == ["repeat", "frame"]
    assert len(rows) == 2 * FRAMES
    assert rows[FRAMES + 2] == ["1", "2", "", "", ""]
    assert [int(count) for count in rows[FRAMES + 9][2:]] == spikes[1, 9].tolist()


def spoil(tmp_path: Path, array: np.ndarray) -> Path:
    np.save(tmp_path / "spoilt.npy", array)
    return tmp_path / "spoilt.npy"


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((9, 8, 7), np.uint8), f"{SHAPES}, got (9, 8, 7)"),
        (np.zeros((9, 2, 8, 8), np.uint8), f"{SHAPES}, got (9, 2, 8, 8)"),
        (np.zeros(9, np.uint8), f"{SHAPES}, got (9,)"),
        (np.zeros((9, 8, 8), np.int64), "expected uint8 or float pixels, got int64"),
        (np.zeros((9, 8, 8), bool), "expected uint8 or float pixels, got bool"),
        (np.zeros((3, 8, 8), np.uint8), "expected at least 4 frames, the window of one bin, got 3"),
    ],
)
def test_a_movie_that_does_not_fit_is_one_line(array, said, tmp_path):
    done = predict(tmp_path / "rates.npy", stimulus=spoil(tmp_path, array))
    assert (done.code, done.complaints) == (2, [f"{tmp_path / 'spoilt.npy'}: {said}"])
    assert files_below(tmp_path) == ["spoilt.npy"]


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("frame", [0, 100, FRAMES - 1])
def test_a_broken_pixel_is_one_line_and_leaves_nothing(value, frame, tmp_path):
    movie = np.load("movie.npy").astype(np.float32)
    movie[frame, 3, 2] = value
    done = predict(tmp_path / "rates.csv", stimulus=spoil(tmp_path, movie))
    said = f"expected finite pixels, got NaN or infinity in frame {frame}"
    assert (done.code, done.complaints) == (2, [f"{tmp_path / 'spoilt.npy'}: {said}"])
    assert files_below(tmp_path) == ["spoilt.npy"]


def test_a_pixel_that_float32_cannot_hold_is_one_line(tmp_path):
    movie = np.zeros((9, 8, 8))
    movie[4] = 1e300
    done = predict(tmp_path / "rates.npy", stimulus=spoil(tmp_path, movie))
    assert done.complaints == [
        f"{tmp_path / 'spoilt.npy'}: expected finite pixels, got NaN or infinity in frame 4"
    ]


def test_files_that_are_no_movie_are_one_line(tmp_path):
    np.savez(tmp_path / "a.npz", movie=np.zeros(3))
    np.save(tmp_path / "b.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (tmp_path / "c.npy").write_bytes(b"")
    (tmp_path / "d.npy").write_bytes(Path("movie.npy").read_bytes()[:-100])
    (tmp_path / "e.npy").write_bytes(b"\x93NUMPY\x01\x00\x06\x00{'a':\n")
    for name in ("a.npz", "b.npy", "c.npy", "d.npy", "e.npy"):
        done = predict(tmp_path / "rates.npy", stimulus=tmp_path / name)
        assert done.code == 2
        (line,) = done.complaints
        assert line.startswith(f"{tmp_path / name}: expected a movie as .npy: "), line


def test_a_missing_movie_is_one_line(tmp_path):
    done = predict(tmp_path / "rates.npy", stimulus="no.npy")
    assert (done.code, done.complaints) == (2, ["no.npy: no such file"])


def test_a_missing_run_is_one_line(tmp_path):
    done = predict(tmp_path / "rates.npy", run="no")
    assert (done.code, done.complaints) == (2, ["no: expected a run folder, found no run.json"])


def test_an_output_that_exists_stays_unless_told_otherwise(tmp_path):
    out = tmp_path / "rates.npy"
    out.write_text("precious")
    done = predict(out)
    assert (done.code, done.complaints) == (2, [f"{out}: exists; --overwrite replaces it"])
    assert out.read_text() == "precious"
    assert predict(out, "--overwrite").code == 0
    assert np.load(out).shape == (FRAMES, 3)


def test_an_output_of_another_kind_is_one_line(tmp_path):
    done = predict(tmp_path / "rates.mat")
    assert (done.code, done.complaints) == (
        2,
        ["--out: expected a file name in .npy, .npz, .csv, got rates.mat"],
    )


@pytest.mark.parametrize("more", [(), ("--spikes", 1)])
def test_an_output_that_cannot_be_written_is_one_line(more, tmp_path):
    out = tmp_path / "no" / "rates.npy"
    done = predict(out, *more)
    where = out.parent if more else out
    assert (done.code, done.complaints) == (2, [f"{where}: cannot be written: No such file or directory"])


def test_a_seed_without_spikes_is_one_line(tmp_path):
    done = predict(tmp_path / "rates.npy", "--seed", 1)
    assert (done.code, done.complaints) == (
        2,
        ["--seed: expected together with --spikes: rates need no seed"],
    )


def test_sessions_are_chosen_by_name(tmp_path):
    assert predict(tmp_path / "a.npy", "--session", "retina").code == 0
    done = predict(tmp_path / "b.npy", "--session", "cortex")
    assert (done.code, done.complaints) == (2, ['--session: expected one of retina, got "cortex"'])


def test_several_sessions_must_be_told_apart(tmp_path):
    folder = with_two_sessions(tmp_path)
    done = predict(tmp_path / "a.npy", run=folder)
    assert (done.code, done.complaints) == (2, ["--session: expected one of retina, second, got none"])
    assert predict(tmp_path / "b.npy", "--session", "second", run=folder).code == 0
    np.testing.assert_allclose(np.load(tmp_path / "b.npy"), rates_in_python(), rtol=1e-5)


def with_two_sessions(place: Path) -> Path:
    """Return a copy of the run whose readout stands there twice, under two names."""
    folder = RunFolder(place / "run")
    shutil.copytree(RUN, folder.path)
    weights = load_file(folder.weights_file)
    other = {name.replace("readouts.retina", "readouts.second"): each for name, each in weights.items()}
    save_file(weights | {name: each.clone() for name, each in other.items()}, folder.weights_file)
    information = json.loads(folder.run_file.read_text())
    information["sessions"]["second"] = information["sessions"]["retina"]
    folder.update(sessions=information["sessions"])
    return folder.path


def test_negative_rates_give_no_spikes():
    rates = np.full((9, 2), 0.5, dtype=np.float32)
    rates[7, 1] = -0.25
    with pytest.raises(sysid.SysidError) as error:
        list(stream_spikes(rates, 3, 1, 0))
    said = "--spikes: expected rates from 0 to 1e+06 per frame, got -0.25 for neuron 1 in frame 7"
    assert str(error.value) == said


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_rates_that_are_no_rates_give_no_spikes(value):
    rates = np.full((9, 2), value, dtype=np.float32)
    with pytest.raises(sysid.SysidError, match="expected rates from 0 to"):
        list(stream_spikes(rates, 3, 1, 0))


def test_a_long_movie_is_never_held(tmp_path):
    frames = 130_000
    movie = np.lib.format.open_memmap(tmp_path / "long.npy", "w+", np.uint8, (frames, 8, 8))
    movie[::7] = 200
    run = sysid.load_run(RUN)
    tracemalloc.start()
    stimulus = open_stimulus(tmp_path / "long.npy", (1, 8, 8))
    seen = 0
    for rows in stream_rates(run, stimulus, None):
        seen += len(rows)
        if seen > 20 * PIECE_FRAMES:
            break
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < movie.nbytes / 10


def test_rates_on_disk_are_those_that_came(tmp_path):
    rows = [np.arange(6, dtype=np.float32).reshape(2, 3), np.full((1, 3), np.nan, dtype=np.float32)]
    kept = keep_on_disk(iter(rows), (3, 3), tmp_path)
    np.testing.assert_array_equal(kept, np.concatenate(rows))
    assert files_below(tmp_path) == []


def test_the_stimulus_is_not_overwritten(tmp_path):
    movie = tmp_path / "mine.npy"
    np.save(movie, np.zeros((9, 1, 2, 3), dtype=np.uint8))
    before = movie.read_bytes()
    done = predict(movie, "--overwrite", stimulus=movie)
    assert (done.code, done.complaints) == (2, [f"--out {movie}: expected another file than the stimulus"])
    assert movie.read_bytes() == before
