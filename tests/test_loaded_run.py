"""`sysid.load_run`: a finished run, opened again from its folder."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

import sysid
from sysid.run_folder import RunFolder
from tests.command_line import LINEAR, RELEASED, SIMULATED, call, write_recipe, write_released

BOTH = f"[variants.cnn]\n{LINEAR}"


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    """Finished runs: a network and a closed form on a simulation, and a closed form on files in `data`."""
    place = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        write_released("data")
        assert call("run", write_recipe(SIMULATED, BOTH)).code == 0
        path = place / "data"
        assert call("run", write_recipe(RELEASED.format(path=path), LINEAR, name="released.toml")).code == 0
    return {
        "cnn": place / "runs/tiny/cnn/movie-simulated/fold0/seed0",
        "ln": place / "runs/tiny/ln/movie-simulated/fold0/seed0",
        "released": place / "runs/released/ln/movie/fold0/seed0",
        "data": path,
    }


@pytest.fixture
def data(folders):
    """The data of the run on files, which are put back afterwards."""
    yield folders["data"]
    shutil.rmtree(folders["data"], ignore_errors=True)
    write_released(folders["data"])


@pytest.mark.parametrize("name", ["cnn", "ln", "released"])
def test_predictions_of_the_test_stimulus_are_those_that_were_stored(folders, name):
    run = sysid.load_run(folders[name])
    (stored,) = run.folder.predictions().values()
    shown = next(each for each in run.recording.presentations if each.name == "test")
    rates = run.predict(np.asarray(shown.stimulus[0 : shown.frames]))
    assert rates.shape == (shown.frames, 3)
    assert np.isnan(rates[: run.window.reach]).all()
    assert np.isfinite(rates[run.window.reach :]).all()
    np.testing.assert_allclose(rates[stored["frame"]], stored["prediction"], rtol=1e-5, atol=1e-6)
    assert stored["prediction"].std() > 0


def test_predictions_do_not_depend_on_how_many_windows_go_at_once(folders):
    run = sysid.load_run(folders["cnn"])
    stimulus = np.random.default_rng(0).integers(0, 256, (23, 1, 8, 8), dtype=np.uint8)
    whole, pieces = run.predict(stimulus), run.predict(stimulus, batch_size=3)
    np.testing.assert_allclose(whole, pieces, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(whole, run.predict(stimulus.astype(np.float64)), rtol=1e-5, atol=1e-9)
    later = run.predict(stimulus[5:])
    np.testing.assert_allclose(
        whole[8:], later[3:], rtol=1e-5, atol=1e-9
    )  # a window of 4 frames is all a bin knows


def test_a_stimulus_shorter_than_the_history_has_no_prediction(folders):
    rates = sysid.load_run(folders["cnn"]).predict(np.zeros((3, 1, 8, 8), dtype=np.uint8))
    assert rates.shape == (3, 3)
    assert np.isnan(rates).all()


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((20, 1, 8, 7), r"stimulus: expected \(frame, 1, 8, 8\), got \(20, 1, 8, 7\)"),
        ((20, 8, 8), r"stimulus: expected \(frame, 1, 8, 8\), got \(20, 8, 8\)"),
    ],
)
def test_a_stimulus_of_another_shape_is_one_line(folders, shape, said):
    with pytest.raises(sysid.SysidError, match=said):
        sysid.load_run(folders["cnn"]).predict(np.zeros(shape, dtype=np.uint8))


def make_broken(kind):
    """Return five frames that no model can be given, and what is said of them."""
    frames = np.ones((5, 1, 8, 8), dtype=np.float64)
    if kind == "object":
        return frames.astype(object), "expected uint8 or float pixels, got object"
    if kind == "foreign":
        return frames.astype(">f4"), "expected uint8 or float pixels, got >f4"
    frames[3, 0, 2, 7] = {"nan": np.nan, "infinity": np.inf, "huge": 1e300}[kind]
    return frames, "expected finite pixels, got NaN or infinity in {axis} 3"


@pytest.mark.parametrize("kind", ["nan", "infinity", "huge", "object", "foreign"])
def test_pixels_that_are_no_finite_numbers_are_one_line(folders, kind):
    run = sysid.load_run(folders["cnn"])
    frames, said = make_broken(kind)
    with pytest.raises(sysid.SysidError) as error:
        run.predict(frames)
    assert str(error.value) == "stimulus: " + said.format(axis="frame")
    windows = np.repeat(frames[:, None], run.samples.history, axis=1)  # window time channel height width
    with pytest.raises(sysid.SysidError) as error:
        run.predict_windows(windows)
    assert str(error.value) == "windows: " + said.format(axis="window")


def test_an_unknown_session_is_one_line(folders):
    with pytest.raises(sysid.SysidError, match='session: expected one of retina, got "cortex"'):
        sysid.load_run(folders["cnn"]).predict(np.zeros((9, 1, 8, 8), dtype=np.uint8), session="cortex")


def test_metrics_and_keys_are_those_of_the_run(folders):
    run = sysid.load_run(folders["cnn"])
    assert run.metrics == json.loads((folders["cnn"] / "metrics.json").read_text())
    assert (run.samples.history, run.training.epochs, run.training.seeds, run.seed) == (4, 2, (0,), 0)
    assert sum(weight.numel() for weight in run.model.parameters()) == run.information["parameters"]
    assert not run.model.training


def test_the_recording_is_found_again(folders):
    recording = sysid.load_run(folders["released"]).recording
    assert [each.name for each in recording.presentations] == ["train", "test"]
    assert len(recording.neurons) == 3
    assert not recording.provenance.simulated


def test_an_untrained_model_has_the_first_weights_and_the_same_standardisation(folders):
    run = sysid.load_run(folders["cnn"])
    one, other = run.untrained_model().state_dict(), run.untrained_model().state_dict()
    trained = run.model.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)
    scale = [name for name in one if name.startswith("standardization")]
    assert scale != []
    assert all(torch.equal(one[name], trained[name]) for name in scale)
    assert not torch.equal(
        one["encoder.layers.0.convolution.weight"], trained["encoder.layers.0.convolution.weight"]
    )


def test_a_missing_recording_is_one_line_and_the_model_still_predicts(folders, data):
    shutil.rmtree(data)
    run = sysid.load_run(folders["released"])
    with pytest.raises(sysid.DataNotFoundError) as error:
        _ = run.recording
    assert str(error.value) == (
        f"{folders['released']}: its recording is not here: {data}: no such file or folder; "
        "`sysid fetch zheng2021_hdf5` gets the released files"
    )
    assert np.isfinite(run.predict(np.ones((9, 1, 8, 8), dtype=np.float32))[3:]).all()


def test_other_data_of_the_same_name_are_one_line(folders, data):
    write_released(data, seed=1)
    with pytest.raises(sysid.SysidError) as error:
        _ = sysid.load_run(folders["released"]).recording
    source = "Zheng et al. 2021, released code, movie 2 (mov3)"
    assert str(error.value) == (
        f"{folders['released']}: expected the data it was trained on ({source}), "
        f"found other data of that name ({source})"
    )


def copy(folder: Path, to: Path) -> RunFolder:
    """Copy a run folder, to spoil the copy."""
    shutil.copytree(folder, to)
    return RunFolder(to)


def test_a_run_folder_can_be_moved(folders, tmp_path):
    moved = sysid.load_run(copy(folders["cnn"], tmp_path / "moved").path)
    stimulus = np.random.default_rng(0).integers(0, 256, (9, 1, 8, 8), dtype=np.uint8)
    np.testing.assert_array_equal(moved.predict(stimulus), sysid.load_run(folders["cnn"]).predict(stimulus))


def test_an_unfinished_run_is_one_line(folders, tmp_path):
    spoilt = copy(folders["cnn"], tmp_path / "run")
    spoilt.update(state="begun")
    with pytest.raises(sysid.SysidError) as error:
        sysid.load_run(spoilt.path)
    assert str(error.value) == f"{tmp_path / 'run'}: this run is not finished; `sysid run` goes on with it"


def test_a_folder_that_holds_no_run_is_one_line(tmp_path):
    with pytest.raises(sysid.SysidError) as error:
        sysid.load_run(tmp_path)
    assert str(error.value) == f"{tmp_path}: expected a run folder, found no run.json"


def test_a_part_that_is_not_installed_any_more_is_one_line(folders, tmp_path):
    spoilt = copy(folders["cnn"], tmp_path / "run")
    information = spoilt.information()
    information["identity"]["configuration"]["core"] = {"use": "acme:gain"}
    spoilt.update(**information)
    with pytest.raises(sysid.SysidError) as error:
        sysid.load_run(spoilt.path)
    assert str(error.value) == (
        f'{spoilt.run_file}: core.use: unknown core "acme:gain"; no plugin is called "acme": '
        "`pip install` the package that has it"
    )


def test_broken_and_foreign_weights_are_one_line(folders, tmp_path):
    spoilt = copy(folders["cnn"], tmp_path / "run")
    content = spoilt.weights_file.read_bytes()
    spoilt.weights_file.write_bytes(content[:-8])
    with pytest.raises(
        sysid.SysidError, match=r"best\.safetensors: expected weights as safetensors: .+$"
    ) as error:
        sysid.load_run(spoilt.path)
    assert len(str(error.value).splitlines()) == 1
    shutil.copy(folders["ln"] / "best.safetensors", spoilt.weights_file)
    with pytest.raises(
        sysid.SysidError, match=r"best\.safetensors: expected the weights of this run's"
    ) as error:
        sysid.load_run(spoilt.path)
    assert len(str(error.value).splitlines()) == 1
    spoilt.weights_file.unlink()
    with pytest.raises(sysid.SysidError, match=r"best\.safetensors: expected weights"):
        sysid.load_run(spoilt.path)


def test_windows_are_predicted_as_in_a_movie(folders):
    run = sysid.load_run(folders["cnn"])
    stimulus = np.random.default_rng(0).integers(0, 256, (9, 1, 8, 8), dtype=np.uint8)
    windows = np.stack([stimulus[start : start + 4] for start in range(6)])
    rates = run.predict_windows(windows)
    np.testing.assert_allclose(rates, run.predict(stimulus)[3:], rtol=1e-5)
    with pytest.raises(
        sysid.SysidError, match=r"windows: expected \(window, 4, 1, 8, 8\), got \(6, 3, 1, 8, 8\)"
    ):
        run.predict_windows(windows[:, :3])


def test_responses_of_a_part_are_those_the_training_saw(folders):
    run = sysid.load_run(folders["cnn"])
    samples = run.session_samples()["retina"]
    for part in ("train", "validation", "test"):
        (chosen,) = run.responses_in(part).values()
        for responses, presentation, bins in zip(
            chosen, run.recording.presentations, samples.frames(part), strict=True
        ):
            np.testing.assert_array_equal(np.flatnonzero(~np.isnan(responses).all(axis=(0, 2))), bins)
            np.testing.assert_array_equal(responses[:, bins], presentation.responses[:, bins])
