"""Tests of sysid/doctor/run_data.py on runs that were trained on files of a test's own."""

import shutil
from pathlib import Path

import pytest

from sysid.doctor.run_data import examine_run_data
from sysid.registry import discover
from tests.command_line import RELEASED, call, write_recipe, write_released


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A folder with files, and a run that was trained on them."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_released("data")
        write_recipe(RELEASED.format(path="data"), training="seeds = [0, 1]")
        assert call("run", "tiny.toml", "--set", "training.epochs=1").code == 0
    return folder


@pytest.fixture
def here(trained, tmp_path, monkeypatch) -> Path:
    """A copy of these, as the working directory; the files lie where the runs say."""
    shutil.copytree(trained, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    for file in Path("runs").rglob("run.json"):
        file.write_text(file.read_text(encoding="utf-8").replace(str(trained), str(tmp_path / "here")))
    return tmp_path / "here"


def look(*, full=True):
    return [(each.level, each.says) for each in examine_run_data(Path("runs"), discover(), full=full)]


def test_the_same_bytes_are_recognised(here):
    ((level, says),) = look()
    assert level == "ok"
    assert says.endswith("seed0 and 1 more were trained on")


def test_other_bytes_are_a_problem(here):
    write_released("data", seed=1)
    ((level, says),) = look()
    assert level == "problem"
    assert says.endswith("seed0 and 1 more were trained on other bytes than those that are here now")


def test_a_recording_that_is_gone_is_a_note(here):
    shutil.rmtree("data")
    ((level, says),) = look()
    assert level == "note"
    assert "seed0 and 1 more is not here: " in says


def test_without_full_they_are_only_counted(here):
    assert look(full=False) == [
        ("ok", "recordings of runs in runs: 1 of 2 runs; none was read (`--full` does)")
    ]


def test_where_there_are_no_runs_nothing_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert look() == look(full=False) == []
