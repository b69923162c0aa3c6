"""A run is known by its data, wherever they lie, and finds them again from anywhere."""

import json
import os
import shutil
from pathlib import Path

import attrs
import pytest

import sysid
from sysid.data_path import paths_of
from sysid.finished_run import read_finished
from sysid.identity import digest
from sysid.recipe import load_recipe
from sysid.report.method import describe_configuration
from sysid.run_claim import plan_identity
from sysid.run_folder import RunFolder
from sysid.source import find_sources
from tests.command_line import LINEAR, RELEASED, SIMULATED, call, write_recipe, write_released

FOLDER = Path("runs/tiny/ln/movie/fold0/seed0")


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(path: str) -> Path:
    """Write a recipe on the released files at a path; without one, they are looked for."""
    dataset = RELEASED.format(path=path) if path else RELEASED.replace('path = "{path}"\n', "")
    return write_recipe(dataset, LINEAR)


def identify(recipe: Path) -> dict:
    """Return the identity of a recipe's first run."""
    loaded = load_recipe(recipe)
    (plan, *_) = loaded.runs
    return plan_identity(plan, find_sources((plan,), "", stand_in=True)[plan.name])


def test_a_run_is_opened_from_another_working_directory(tmp_path, monkeypatch):
    write_released("data")
    assert call("run", write("data")).code == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    run = sysid.load_run(tmp_path / FOLDER)
    assert run.dataset.path == tmp_path / "data"
    assert len(run.recording.neurons) == 3


def test_the_same_data_by_another_path_are_the_same_run_and_found_where_they_are_now(tmp_path, monkeypatch):
    write_released("data")
    assert call("run", write("data")).code == 0
    again = call("run", write(str(tmp_path / "data")))
    assert [line.rpartition(", ")[2] for line in again.complaints] == ["finished before"]
    shutil.move("data", tmp_path / "zheng2021_hdf5")
    monkeypatch.setenv("SYSID_DATA_DIR", str(tmp_path))
    moved = call("run", write(""))
    assert [line.rpartition(", ")[2] for line in moved.complaints] == ["finished before"]
    run = sysid.load_run(FOLDER)
    assert run.dataset.path is None
    assert len(run.recording.neurons) == 3


def test_other_data_at_the_same_path_are_another_run():
    write_released("data")
    assert call("run", write("data")).code == 0
    write_released("data", seed=1)
    done = call("run", write("data"))
    assert done.complaints[0].startswith(f"{FOLDER} holds another run (this one has other data)")


def test_the_identity_has_no_path_where_the_checksum_says_what_was_read(tmp_path, monkeypatch):
    write_released("zheng2021_hdf5")
    monkeypatch.setenv("SYSID_DATA_DIR", str(tmp_path))
    looked_for, named = identify(write("")), identify(write("zheng2021_hdf5"))
    assert looked_for["configuration"]["dataset"]["path"] is None
    assert digest(looked_for) == digest(named)


def test_without_a_checksum_the_absolute_path_stands_in(tmp_path):
    write_released("data")
    (plan, *_) = load_recipe(write("data")).runs
    source = find_sources((plan,), "", stand_in=True)[plan.name]
    source = attrs.evolve(source, provenance=attrs.evolve(source.provenance, checksum=""))
    assert plan_identity(plan, source)["configuration"]["dataset"]["path"] == str(tmp_path / "data")


def test_paths_are_absolute_and_the_home_folder_is_meant_by_a_tilde(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (plan, *_) = load_recipe(write("data")).runs
    assert paths_of(plan.dataset) == {"path": str(tmp_path / "data")}
    assert paths_of(attrs.evolve(plan.dataset, path=Path("~/data"))) == {"path": str(tmp_path / "home/data")}
    assert paths_of(load_recipe(write_recipe(SIMULATED)).runs[0].dataset) == {}


def test_the_report_shows_the_path_that_was_read():
    write_released("data")
    assert call("run", write("data")).code == 0
    run = read_finished(RunFolder(FOLDER))
    assert ("dataset.path", json.dumps(os.path.abspath("data"))) in describe_configuration([run]).shared
