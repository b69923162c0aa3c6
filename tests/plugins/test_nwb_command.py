"""Recipes with the dataset `nwb` at the command line: they run, and mistakes are one line each."""

import json
from pathlib import Path

import attrs
import pytest

from tests.command_line import call, write_recipe
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


def test_a_file_that_is_not_here_is_one_line_when_run_and_no_mistake_when_checked():
    recipe = write_all(name="elsewhere.nwb")
    assert call("check", recipe).code == 0
    line = complain(recipe, "run")
    assert "elsewhere.nwb: not found in " in line
    assert "; set `path` to where it is" in line
    line = complain(write_all('templates = "nowhere"'), "run")
    assert "nowhere: not found in " in line
    assert "; set `templates` to where it is" in line


def test_a_history_longer_than_an_image_is_told():
    content = make_small_file()
    recipe = write_all('stimulus = ["clip"]\ntest_fraction = 0.2', content=content)
    line = complain(recipe, "run")
    assert "samples.history = 4" in line
