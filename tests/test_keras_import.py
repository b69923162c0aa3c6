"""`import_keras`: imported networks compute what float64 equations say, and their folder is a run folder."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

import sysid
from sysid.keras.imported_run import import_keras
from tests.command_line import call, files_below, write_released
from tests.keras_network import KINDS, Network, Size, make_network, predict, write_files

UNEQUAL = Size()
OTHER_KERNELS = Size(height=9, width=11, frames=3, kernels=(2, 4), filters=(5, 3), units=4, neurons=6)
SQUARE = Size(height=8, width=8, kernels=(3, 4), neurons=3)  # as tests.command_line.write_released


def random_movie(size: Size, frames: int = 12) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (frames, size.height, size.width), dtype=np.uint8)


def imported(network: Network, place: Path, **layout: str) -> sysid.Run:
    """Write a network's files, import them, and open the run again."""
    import_keras(*write_files(network, place / "files", **layout), place / "run")
    return sysid.load_run(place / "run")


@pytest.mark.parametrize("size", [UNEQUAL, OTHER_KERNELS], ids=["12x10", "9x11"])
@pytest.mark.parametrize("below", ["", "model_weights"])
@pytest.mark.parametrize("kind", KINDS)
def test_rates_are_those_of_the_equations_in_float64(kind, below, size, tmp_path):
    network = make_network(kind, size)
    movie = random_movie(size)
    expected = predict(network, movie)
    shown = expected[size.frames :]
    assert (shown.std(axis=0) / shown.mean(axis=0)).min() > 0.01  # else any network would do
    rates = imported(network, tmp_path, below=below).predict(movie[:, None])
    np.testing.assert_allclose(rates, expected, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_in_double_precision_nothing_but_rounding_is_left(kind, tmp_path):
    network = make_network(kind, OTHER_KERNELS, seed=3)
    model = imported(network, tmp_path).model.double()
    movie = random_movie(OTHER_KERNELS)
    windows = torch.from_numpy(np.stack([movie[start : start + 3, None] for start in range(9)]))
    with torch.no_grad():
        rates = model(windows, None, "retina")[0][:, 0]
    np.testing.assert_allclose(rates.numpy(), predict(network, movie)[3:], rtol=1e-10)


@pytest.mark.parametrize("kind", ["cnn", "crnn_gru"])
def test_a_sequential_in_double_precision_is_the_same_network(kind, tmp_path):
    network = make_network(kind, OTHER_KERNELS)
    run = imported(network, tmp_path, sequential=True, dtype="f8")
    movie = random_movie(OTHER_KERNELS)
    np.testing.assert_allclose(run.predict(movie[:, None]), predict(network, movie), rtol=1e-5)


def test_the_folder_is_like_that_of_a_trained_run(tmp_path):
    run = imported(make_network("crnn_lstm"), tmp_path)
    assert files_below(run.folder.path) == ["best.safetensors", "recipe.toml", "run.json"]
    assert run.folder.finished
    information = run.information
    assert (information["state"], information["simulated"]) == ("imported", False)
    assert information["name"] == "crnn_lstm/movie2/fold0/seed0"
    assert information["data"]["checksum"] == ""
    assert information["imported"]["keras_version"] == "2.2.4"
    assert {kind: part["use"] for kind, part in information["parts"].items()} == {
        "dataset": "zheng2021_hdf5",
        "encoder": "conv2d",
        "core": "lstm",
        "readout": "dense",
    }
    assert information["sessions"]["retina"]["neurons"] == ["0", "1", "2", "3", "4"]
    assert information["sessions"]["retina"]["frame_shape"] == [1, 12, 10]
    assert information["parameters"] == sum(weight.numel() for weight in run.model.parameters())
    assert (run.samples.history, run.samples.include_current, run.samples.standardize) == (4, False, False)
    assert (run.training.monitor, run.training.patience, run.seed) == ("training", 100, 0)
    assert not run.model.training


def test_keys_are_those_of_the_architecture(tmp_path):
    run = imported(make_network("crnn_gru"), tmp_path)
    first, second = run.architecture.encoder.layers
    assert (first.channels, first.kernel_px, first.l1, first.l2) == (6, 5, 5e-4, 1e-3)
    assert (second.channels, second.kernel_px, second.l1, second.noise_sd) == (7, 3, 0.0, 0.1)
    assert (first.initialization, first.initialization_sd) == ("normal", 0.05)
    core, readout = run.architecture.core, run.architecture.readout
    assert (core.hidden_units, core.reset, core.update, core.gate, core.l2) == (
        3,
        "before",
        "keep",
        "hard_sigmoid",
        1e-3,
    )
    assert (readout.alpha, readout.beta, readout.l2, readout.activity_l1) == (0.2, 5.0, 1e-3, 1e-3)
    assert (readout.activity_on, readout.activity_reduction) == ("drive", "sum")
    assert run.architecture.encoder.batch_norm_momentum == 0.01


def test_other_weights_are_another_run(tmp_path):
    one, other = (imported(make_network("cnn", seed=seed), tmp_path / str(seed)) for seed in (0, 1))
    assert one.information["digest"] != other.information["digest"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_recipe_in_the_folder_trains_the_same_network(kind, tmp_path):
    run = imported(make_network(kind, SQUARE), tmp_path)
    (plan,) = sysid.load_recipe(run.folder.recipe_file).runs
    assert plan.name == run.information["name"]
    parts = run.architecture
    assert (plan.encoder, plan.core, plan.readout) == (parts.encoder, parts.core, parts.readout)
    assert (plan.samples, plan.training, plan.dataset) == (run.samples, run.training, run.dataset)


def test_an_untrained_model_is_another(tmp_path):
    run = imported(make_network("cnn"), tmp_path)
    movie = random_movie(UNEQUAL)[None, :4, None]
    trained = run.predict_windows(movie)
    with torch.no_grad():
        untrained = run.untrained_model()(torch.from_numpy(movie), None, "retina")[0][:, 0].numpy()
    assert not np.allclose(trained, untrained, rtol=0.01)


@pytest.fixture
def recording(monkeypatch, tmp_path) -> Path:
    """Files like the released recording, 8×8 pixels and three neurons, where sysid looks for them."""
    monkeypatch.setenv("SYSID_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return write_released(tmp_path / "data" / "zheng2021_hdf5")


def test_a_recording_on_this_machine_is_scored(recording, tmp_path):
    network = make_network("crnn_vanilla", SQUARE)
    run = imported(network, tmp_path)
    assert {"metrics.json", "neurons.csv", "predictions.npz"} <= set(files_below(run.folder.path))
    test = run.recording.presentations[1]
    assert run.information["data"]["checksum"] == run.recording.provenance.checksum
    assert run.information["sessions"]["retina"]["bins"]["test"]["kept"] == 56
    stored = run.folder.predictions()["retina"]
    expected = predict(network, test.stimulus[0:60][:, 0])
    np.testing.assert_allclose(stored["prediction"], expected[4:], rtol=1e-5)
    correlation = sysid.metrics.correlation(test.responses[:, 4:], stored["prediction"])
    assert run.metrics["correlation"]["mean"] == pytest.approx(correlation.mean())


def test_a_recording_that_was_there_is_checked_by_its_checksum(recording, tmp_path):
    run = imported(make_network("cnn", SQUARE), tmp_path)
    write_released(recording, seed=1)
    with pytest.raises(sysid.SysidError, match=r"expected the data it was trained on .+, found other data"):
        _ = run.recording


def test_a_recording_that_comes_later_is_taken_as_it_is(monkeypatch, tmp_path):
    run = imported(make_network("cnn", SQUARE), tmp_path)
    with pytest.raises(sysid.DataNotFoundError, match="its recording is not here: zheng2021_hdf5: not found"):
        _ = run.recording
    (tmp_path / "data").mkdir()
    write_released(tmp_path / "data" / "zheng2021_hdf5", seed=7)
    monkeypatch.setenv("SYSID_DATA_DIR", str(tmp_path / "data"))
    assert run.recording.presentations[1].name == "test"


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (Size(height=9, width=9, neurons=3), r"mov3_trn_x: expected shape \(9, 9, frame\), got \(8, 8, 60\)"),
        (Size(height=8, width=8, kernels=(3, 4)), r"mov3_trn_r: expected shape \(5, frame\), got \(3, 60\)"),
        (
            Size(height=8, width=7, kernels=(3, 4), neurons=3),
            r"expected frames \(1, 8, 7\) \(channel, height, width\), got \(1, 8, 8\)",
        ),
    ],
    ids=["size", "neurons", "oblong"],
)
def test_a_recording_of_another_size_is_left_alone_and_named(recording, size, said, tmp_path):
    run = imported(make_network("cnn", size), tmp_path)
    assert not run.folder.scores_file.exists()
    (note,) = run.information["data"]["notes"]
    assert re.search(said, note)
    with pytest.raises(sysid.SysidError, match=said):
        _ = run.recording


def test_a_folder_that_holds_something_is_one_line(tmp_path):
    files = write_files(make_network("cnn"), tmp_path / "files")
    with pytest.raises(sysid.SysidError) as error:
        import_keras(*files, tmp_path / "files")
    assert str(error.value) == f"{tmp_path / 'files'}: expected a new or empty folder"


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    files = write_files(make_network("cnn"), tmp_path / "files")
    (tmp_path / "file").write_text("")
    with pytest.raises(sysid.SysidError) as error:
        import_keras(*files, tmp_path / "file" / "run")
    where = f"{tmp_path / 'file' / 'run'} ({tmp_path / 'file'}: Not a directory)"
    assert str(error.value) == f"folder: expected one that can be written to, got {where}"


def test_nothing_is_left_of_an_import_that_failed(tmp_path, monkeypatch):
    files = write_files(make_network("cnn"), tmp_path / "files")

    def full(*_arguments):
        raise sysid.SysidError("the disk is full")

    monkeypatch.setattr("sysid.keras.imported_run.store_weights", full)
    with pytest.raises(sysid.SysidError, match="the disk is full"):
        import_keras(*files, tmp_path / "run")
    assert files_below(tmp_path) == ["files", "files/architecture.json", "files/weights.h5"]


def test_the_command_says_what_was_imported_and_that_it_is_not_scored(tmp_path):
    files = write_files(make_network("crnn_lstm"), tmp_path / "files")
    done = call("import-keras", *files, "--out", tmp_path / "run")
    assert (done.code, done.err) == (0, "")
    first, second = done.out.splitlines()
    assert first == f"{tmp_path / 'run'}: crnn_lstm, 5 neurons, windows of 4 frames of 12×10 px"
    assert second.startswith("not scored: zheng2021_hdf5: not found in ")


def test_the_command_prints_the_score(recording, tmp_path):
    files = write_files(make_network("cnn", SQUARE), tmp_path / "files")
    done = call("import-keras", *files, "--out", tmp_path / "run")
    mean = json.loads((tmp_path / "run" / "metrics.json").read_text())["correlation"]["mean"]
    assert done.out.splitlines()[1] == f"CC {mean:.3f}"


def test_the_command_ends_with_one_line_and_code_2(tmp_path):
    done = call("import-keras", tmp_path / "no.json", tmp_path / "no.h5", "--out", tmp_path / "run")
    assert (done.code, done.complaints) == (2, [f"{tmp_path / 'no.json'}: no such file"])


def test_the_working_folder_will_do_where_it_is_empty(tmp_path, monkeypatch):
    files = write_files(make_network("cnn"), tmp_path / "files")
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path / "run")
    assert import_keras(*files, ".").folder.path == tmp_path / "run"
