"""`sysid.verify` and `sysid verify`: numbers that hold, and each way in which they may not."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import sysid
from sysid.number_check import largest_difference
from sysid.run_folder import RunFolder
from tests.command_line import LINEAR, RELEASED, SIMULATED, call, write_recipe, write_released

NAME = "cnn/movie/fold0/seed0"
OTHER_WEIGHTS = "best.safetensors: the weights are not those whose SHA-256 run.json holds"


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """The folder of a recipe with a network and a closed form on files, and one on a simulation."""
    place = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        write_released("data")
        both = f"[variants.cnn]\n{LINEAR}"
        assert call("run", write_recipe(RELEASED.format(path=place / "data"), both)).code == 0
        assert call("run", write_recipe(SIMULATED, LINEAR, name="simulated.toml")).code == 0
    return place


@pytest.fixture
def folder(finished, tmp_path) -> RunFolder:
    """A copy of the network's run, to spoil."""
    return RunFolder(shutil.copytree(finished / "runs/tiny/cnn/movie/fold0/seed0", tmp_path / "run"))


def differences(folder: RunFolder) -> tuple[str, ...]:
    (verified,) = sysid.verify(folder.path)
    return verified.differences


def test_numbers_of_several_runs_hold_to_the_bit(finished):
    before = {file: file.stat().st_mtime_ns for file in (finished / "runs").rglob("*")}
    done = call("verify", finished / "runs/tiny", finished / "runs/simulated")
    assert done.code == 0, done.out + done.err
    holds = "holds: predictions bit for bit, scores, weights, data"
    assert done.out.splitlines() == [
        f"{NAME}: {holds}",
        f"ln/movie/fold0/seed0: {holds}",
        f"ln/movie/fold0/seed0 SIMULATED: {holds}",
        "3 of 3 runs hold",
    ]
    assert {file: file.stat().st_mtime_ns for file in (finished / "runs").rglob("*")} == before


def test_verifications_say_so_from_python(folder):
    (verified,) = sysid.verify([folder.path])
    assert verified.holds
    assert (verified.run.name, verified.largest, verified.notes) == (NAME, 0.0, ())


def test_another_score_is_named(folder):
    scores = folder.scores()
    stored = scores["correlation"]["mean"]
    scores["correlation"]["mean"] += 1e-4  # less than another machine may change
    folder.scores_file.write_text(json.dumps(scores), encoding="utf-8")
    (line,) = differences(folder)
    assert line == f"metrics.json: correlation.mean is {stored + 1e-4}, computed {stored}"
    done = call("verify", folder.path)
    assert done.code == 1
    assert done.out.splitlines() == [f"{NAME}: {line}", "0 of 1 runs hold"]


def test_another_cell_of_the_table_is_named_and_so_is_how_many_more(folder):
    rows = folder.neurons_file.read_text(encoding="utf-8").splitlines()
    rows[1] = rows[1].replace(rows[1].split(",")[2], "0.987654")
    folder.neurons_file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    (line,) = differences(folder)
    neuron = " ".join(rows[1].split(",")[:2])
    assert line.startswith(f"neurons.csv: {neuron} correlation is 0.987654, computed ")
    folder.neurons_file.write_text("\n".join(rows[:-1]) + "\n", encoding="utf-8")
    (line,) = differences(folder)
    assert "computed" in line
    assert "; and " in line


def test_other_weights_are_told_by_their_digest_and_by_what_they_predict(folder):
    weights = load_file(folder.weights_file)
    name = next(name for name in weights if name.endswith("convolution.weight"))
    weights[name] = weights[name] + np.float32(0.1)
    save_file(weights, folder.weights_file)
    lines = differences(folder)
    assert lines[0] == OTHER_WEIGHTS
    assert lines[1].startswith("predictions.npz: ")
    assert "/prediction differs by up to " in lines[1]
    assert lines[1].endswith(" of a neuron's largest prediction, more than 0.0001")
    assert any(line.startswith("metrics.json: ") for line in lines)


def test_weights_of_the_same_numbers_in_another_file_are_told(folder):
    save_file(load_file(folder.weights_file), folder.weights_file)  # what they said of themselves is gone
    assert differences(folder) == (OTHER_WEIGHTS,)


def test_a_run_from_before_digests_of_weights_holds_without_one(folder):
    information = folder.information()
    del information["weights_sha256"]
    folder.run_file.write_text(json.dumps(information), encoding="utf-8")
    assert differences(folder) == ()


def test_another_configuration_than_its_digest_says_is_told(folder):
    identity = folder.information()["identity"]
    identity["configuration"]["training"]["epochs"] = 3
    folder.update(identity=identity)
    assert differences(folder) == ("run.json: the configuration is not the one whose digest it holds",)


def spoil(folder: RunFolder, name: str, change) -> str:
    """Change one stored array and return its name in the file."""
    (session,) = folder.predictions()
    arrays = {
        f"{session}/{key}": change(value) if key == name else value
        for key, value in folder.predictions()[session].items()
    }
    with open(folder.predictions_file, "wb") as file:
        np.savez_compressed(file, **{key: value for key, value in arrays.items() if value is not None})
    return f"predictions.npz: {session}/{name}"


def test_predictions_within_their_tolerance_hold_and_say_how_far(folder):
    spoil(folder, "prediction", lambda values: values * np.float32(1 + 3e-6))
    (verified,) = sysid.verify(folder.path)
    assert verified.holds
    assert 0 < verified.largest < 1e-5
    done = call("verify", folder.path)
    assert done.code == 0
    assert done.out.splitlines()[0].startswith(f"{NAME}: holds: predictions within ")
    assert done.out.splitlines()[0].endswith(" (≤ 0.0001), scores, weights, data")


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("responses", lambda values: values + 1, " is not what the recording says"),
        ("frame", lambda values: values[::-1], " is not what the recording says"),
        ("baseline", lambda _values: None, " is not there"),
        ("responses", lambda values: values[:, 1:], " has the shape "),
        ("prediction", lambda values: values * 1.01, " of a neuron's largest prediction, more than 0.0001"),
    ],
)
def test_other_arrays_are_named(folder, name, change, said):
    where = spoil(folder, name, change)
    lines = differences(folder)
    assert lines[0].startswith(where)
    assert said in lines[0]


def test_predictions_of_another_session_are_one_line(folder):
    (session,) = folder.predictions()
    arrays = {f"other/{key}": value for key, value in folder.predictions()[session].items()}
    with open(folder.predictions_file, "wb") as file:
        np.savez_compressed(file, **arrays)
    assert differences(folder) == (f"predictions.npz: holds sessions other, not {session}",)


@pytest.mark.parametrize("spoiled", ["metrics.json", "neurons.csv"])
def test_scores_that_cannot_be_read_are_one_line(folder, spoiled):
    (folder.path / spoiled).unlink()
    (line,) = differences(folder)
    assert line.startswith("scores cannot be read: ")


def test_a_recording_that_is_gone_or_another_is_one_line_and_other_runs_are_verified(finished, folder):
    away = finished / "data-away"
    (finished / "data").rename(away)
    try:
        done = call("verify", folder.path, finished / "runs/simulated")
    finally:
        away.rename(finished / "data")
    assert done.code == 1
    first, second, third, last = done.out.splitlines()
    assert first.startswith(f"{NAME}: its recording is not here: ")
    assert second == f"{NAME}: could not be verified"
    assert third.startswith("ln/movie/fold0/seed0 SIMULATED: holds: ")
    assert last == "1 of 2 runs hold"
    write_released(finished / "data", seed=1)
    try:
        (line,) = differences(folder)
    finally:
        write_released(finished / "data")
    assert line.startswith("expected the data it was trained on ")


def test_a_folder_without_runs_is_one_line(tmp_path):
    done = call("verify", tmp_path)
    assert (done.code, len(done.complaints)) == (2, 1)


def test_a_difference_is_a_part_of_the_largest_prediction_of_its_neuron():
    before = np.array([[1.0, 100.0], [2.0, 50.0]], dtype=np.float32)
    now = before.copy()
    now[0, 1] += 1.0
    assert largest_difference(before, now) == pytest.approx(0.01)
    now[1, 0] += 0.5
    assert largest_difference(before, now) == pytest.approx(0.25)
    assert largest_difference(before, before.copy()) == 0.0
    now[0, 0] = np.nan
    assert largest_difference(before, now) == float("inf")
    assert largest_difference(before, before[:1]) == float("inf")
