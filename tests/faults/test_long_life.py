"""Run folders of every released version open in the present one and give the numbers they gave then."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

import sysid
from tests.command_line import call
from tests.faults.make_run_folder import RATES, STIMULUS

FOLDERS = sorted(file.parent for file in Path(__file__).parent.glob("run_folders/*/*/run.json"))
CLOSE = {"rtol": 1e-4, "atol": 1e-6}  # another machine takes sums in another order

each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: "-".join(folder.parts[-2:]))


def test_there_are_folders_of_every_kind_of_model():
    assert {folder.name for folder in FOLDERS if folder.parent.name == "0.1.0"} == {"cnn", "crnn", "ln"}


@each_folder
def test_a_run_of_an_earlier_version_predicts_and_scores_as_it_did(folder):
    run = sysid.load_run(folder)
    movie = np.load(folder.parent / STIMULUS)
    np.testing.assert_allclose(run.predict(movie), np.load(folder / RATES), **CLOSE)
    assert run.metrics == json.loads((folder / "metrics.json").read_text("utf-8"))
    (stored,) = run.folder.predictions().values()
    assert stored["prediction"].shape == (run.metrics["bins"], 3)


@each_folder
def test_the_commands_predict_and_report_take_a_run_of_an_earlier_version(folder, tmp_path):
    out, page = tmp_path / "rates.npy", tmp_path / "page.html"
    assert call("predict", folder, "--stimulus", folder.parent / STIMULUS, "--out", out).code == 0
    np.testing.assert_allclose(np.load(out), np.load(folder / RATES), **CLOSE)
    assert call("report", folder, "--out", page).code == 0
    score = json.loads((folder / "metrics.json").read_text("utf-8"))["correlation"]["mean"]
    assert f"{score:.3f}".lstrip("-") in page.read_text("utf-8")


@each_folder
def test_weights_open_without_sysid_and_say_what_they_are(folder):
    with safe_open(folder / "best.safetensors", framework="np") as file:
        about = json.loads(file.metadata()["sysid"])
        shapes = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118  # not a mapping
    assert about["made_by"].startswith("neural-sysid ")
    assert about["run"] == f"{folder.name}/retina/fold0/seed0"
    assert about["recipe"] == "kept"
    assert about["simulated"] is True
    assert about["input"] == {"axes": "time channel height width", "shape": [4, 1, 8, 8]}
    assert about["sessions"] == {"retina": {"neurons": ["on0", "on1", "off0"]}}
    assert set(about["model"]) == {"samples", "encoder", "core", "readout"}
    assert [shape for name, shape in shapes.items() if name.startswith("readouts.")]


def test_a_folder_that_names_no_format_has_the_first(tmp_path):
    folder = change_format(tmp_path, None)
    assert sysid.load_run(folder).information["format"] == 1


@pytest.mark.parametrize("command", ["predict", "report", "analyze", "verify"])
def test_a_folder_of_a_newer_format_is_one_line_that_says_what_to_install(tmp_path, command):
    folder = change_format(tmp_path, 999)
    more = ("--stimulus", folder / STIMULUS, "--out", tmp_path / "a.npy") if command == "predict" else ()
    done = call(command, folder, *more)
    assert (done.code, done.out) == (2, "")
    assert done.complaints == [
        f"{folder / 'run.json'}: made by a newer sysid (format 999, this one knows 1): "
        "`pip install --upgrade neural-sysid`"
    ]


def change_format(place: Path, number: int | None) -> Path:
    """Return a copy of a run folder that names another format."""
    folder = shutil.copytree(FOLDERS[0], place / "run")
    information = json.loads((folder / "run.json").read_text("utf-8"))
    del information["format"]
    if number is not None:
        information["format"] = number
    (folder / "run.json").write_text(json.dumps(information), encoding="utf-8")
    return folder
