"""Recipes with the dataset `nwb` at the command line: they run, and mistakes are one line each."""

import html
import json
import os
from pathlib import Path

import attrs
import h5py
import numpy as np
import pytest

from tests.command_line import SIMULATED, call, write_recipe
from tests.small_nwb import make_small_file


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write_all(more="", *, name="recording.nwb", content=None):
    (content or make_small_file(height=8, width=10)).write(Path("recording.nwb"))
    return write_recipe(f'use = "nwb"\npath = "{name}"\n{more}')


def complain(recipe, command="check"):
    outcome = call(command, recipe)
    assert outcome.code == 2, outcome.err
    assert "Traceback" not in outcome.err
    (line,) = outcome.complaints
    return line


def test_a_recipe_runs_and_its_folder_says_what_was_chosen():
    recipe = write_all('unit_filter = [{column = "quality", values = ["good"]}]')
    assert call("check", recipe, "--no-timing").code == 0
    outcome = call("run", recipe)
    assert outcome.code == 0, outcome.err
    (folder,) = Path("runs").rglob("run.json")
    about = json.loads(folder.read_text(encoding="utf-8"))
    assert list(about["sessions"]) == ["mouse-3-day-2"]
    assert about["sessions"]["mouse-3-day-2"]["neurons"] == ["7", "11"]
    assert any(note.startswith("test part: clip") for note in about["data"]["notes"])
    assert any("(time, height, width)" in note for note in about["data"]["notes"])


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('stimulus = ["nosie"]', ("recording.nwb", "nosie", "noise")),
        ('behaviour = ["runing"]', ("recording.nwb", "runing")),
        ('responses = "plane_0"', ("recording.nwb", "plane_0")),
        ('responses = "unit"', ('RoiResponseSeries "unit", got a file without any; did you mean "units"?',)),
        ('test = ["clop"]', ("recording.nwb: test: expected one of", '"clip"', 'got "clop"')),
        ('unit_filter = [{column = "qualty", values = ["good"]}]', ("recording.nwb", "qualty", "quality")),
        ("crop = [0, 0, 99, 4]", ("recording.nwb", "crop", "99")),
        ("size_px = 99", ("recording.nwb", "size_px", "99")),
        ('areas = ["VISp"]', ("recording.nwb", "area")),
    ],
)
def test_a_name_that_is_not_in_the_file_is_one_line_with_what_there_is(command, more, told):
    line = complain(write_all(more), command)
    assert line.startswith(("tiny.toml: datasets.movie: ", "tiny.toml: base: "))
    for words in told:
        assert words in line


def test_a_misspelt_key_is_one_line():
    assert complain(write_all("bin_msec = 10")) == (
        'tiny.toml: datasets.movie.bin_msec: unknown key; did you mean "bin_ms"?'
    )


def test_inspecting_a_folder_of_zarr_says_how_to_convert_it():
    Path("session.nwb.zarr").mkdir()
    assert complain("session.nwb.zarr", "inspect").startswith(
        "session.nwb.zarr: expected an NWB file, got a folder of NWB in Zarr, which is not read: open it with"
    )


def test_inspecting_a_file_without_permission_is_one_line(monkeypatch):
    write_all()
    monkeypatch.setattr(os, "access", lambda *_, **__: False)  # as for root all files may be read
    assert complain("recording.nwb", "inspect") == (
        "recording.nwb: cannot be read: no permission; `chmod u+r` gives it to the owner of a file"
    )


@pytest.mark.parametrize("command", ["check", "run"])
def test_no_overlap_in_time_is_one_line(command):
    content = make_small_file()
    content = attrs.evolve(content, spikes_s=[times + 500 for times in content.spikes_s])
    line = complain(write_all(content=content), command)
    assert "expected stimulus and responses that overlap in time, got noise, clip from 1 to 26.5 s" in line


def cut(path):
    path.write_bytes(path.read_bytes()[:5000])


def overwrite(path):
    path.write_text("time,spike\n1,2\n")


@pytest.mark.parametrize("spoil", [cut, overwrite])
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_broken_file_is_one_line(command, spoil):
    recipe = write_all()
    spoil(Path("recording.nwb"))
    assert "recording.nwb: expected" in complain(recipe, command)


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_file_that_is_not_here_is_one_line_with_where_it_was_looked_for(command, tmp_path):
    line = complain(write_all(name="elsewhere.nwb"), command)
    assert line.startswith(f"tiny.toml: datasets.movie: elsewhere.nwb: not found in {tmp_path} or ")
    assert "; set `path` to where it is" in line
    line = complain(write_all('templates = "nowhere"'), command)
    assert line.startswith(f"tiny.toml: datasets.movie: nowhere: not found in {tmp_path} or ")
    assert "; set `templates` to where it is" in line


def test_what_may_be_a_mistake_in_the_data_is_told_aloud_and_kept():
    recipe = write_all('axis_order = "txy"\nstimulus = ["noise"]')
    with h5py.File("recording.nwb", "r+") as file:
        file["stimulus/presentation/noise"].create_dataset("dimension", data=np.array([10, 8]))
    recipe.write_text(recipe.read_text() + "[variants.a]\n[variants.b]\n")
    told = (
        'noise: axis_order = "txy" is against the file, whose `dimension` of 10 × 8 (width × height) says '
        "that the stored 8 × 10 are (time, height, width)"
    )
    checked = call("check", recipe, "--no-timing")
    assert (checked.code, checked.err) == (0, "")
    assert checked.out.splitlines()[-1] == f"movie: warning: {told}"
    assert checked.out.count(told) == 1
    done = call("run", recipe, "--quiet", "--only", "a/*", "--set", "training.epochs=1")
    assert (done.code, done.err) == (0, f"warning: tiny.toml: datasets.movie: {told}\n")
    (folder,) = Path("runs").rglob("run.json")
    data = json.loads(folder.read_text(encoding="utf-8"))["data"]
    assert data["warnings"] == [told]
    assert told in data["notes"]
    (report,) = Path("runs").rglob("report.html")
    assert f'<p class="alarm">{html.escape(told)}</p>' in report.read_text().replace("&#34;", "&quot;")


def test_a_check_says_what_stands_in_for_a_file_that_is_not_here():
    recipe = write_all(f'stand_in = "made"\n[datasets.made]\n{SIMULATED}', name="elsewhere.nwb")
    outcome = call("check", recipe, "--no-timing")
    assert (outcome.code, outcome.err) == (0, "")
    assert 'of "made", which stands in' in outcome.out
    assert outcome.out.count("\nmovie: its data are not here: elsewhere.nwb: not found in ") == 1


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    ("bin_ms", "told"),
    [
        (
            60000,
            "expected at most 3050 ms, as noise has room for no longer bins, got 60000, which makes 0 bins "
            "of the 75 frames (7.6 s)",
        ),
        (
            0.01,
            "expected at least 0.1 ms, as times of spikes are known no better, got 0.01, which makes 760,00",
        ),
    ],
)
def test_bins_that_are_too_long_or_too_short_are_one_line(command, bin_ms, told):
    line = complain(write_all(f"bin_ms = {bin_ms}"), command)
    assert line.startswith("tiny.toml: datasets.movie: ")
    assert f"recording.nwb: bin_ms: {told}" in line


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_recording_that_has_too_few_bins_is_told_with_their_length(command):
    line = complain(write_all('bin_ms = 700\nstimulus = ["noise"]'), command)
    told = "session mouse-3-day-2: expected train bins, got none of 8 bins of 700 ms ("
    assert line.startswith(f"tiny.toml: datasets.movie: {told}")


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_mistake_in_the_data_is_told_once_for_all_variants(command):
    recipe = write_all('stimulus = ["nosie"]')
    recipe.write_text(recipe.read_text() + "[variants.a]\n[variants.b]\n")
    assert "recording.nwb" in complain(recipe, command)


def test_a_history_longer_than_an_image_is_told():
    content = make_small_file()
    recipe = write_all('stimulus = ["clip"]\ntest_fraction = 0.2', content=content)
    line = complain(recipe, "run")
    assert "samples.history = 4" in line
