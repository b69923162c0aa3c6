"""Two recordings train one encoder and core with a readout each, and lose nothing by it."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import sysid
from sysid.analysis_run import stored_findings
from tests.command_line import call, write_released

TABLE = """\
[datasets.{name}]
use = "simulated_retina"
stimulus = "white_noise"
size_px = 10
neurons = {neurons}
frames = 1300
test_frames = 300
mean_rate_hz = 15.0
{more}
"""
MODEL = """\
[samples]
history = 8
[encoder]
use = "conv2d"
layers = [{channels = 6, kernel_px = 5}]
[readout]
use = "dense"
[training]
epochs = 10
learning_rate = 1e-2
threads = 1
"""
SESSIONS = '[[datasets.both.sessions]]\nname = "{name}"\nneurons = {neurons}\nseed = {seed}\n'
ROWS = ({"name": "one", "neurons": 6, "seed": 1}, {"name": "two", "neurons": 10, "seed": 2})


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folders of three runs: on both sessions, on the one, on the other."""
    folder = tmp_path_factory.mktemp("sessions")
    tables = [TABLE.format(name="both", neurons=6, more="") + "".join(SESSIONS.format(**row) for row in ROWS)]
    tables += [
        TABLE.format(name=row["name"], neurons=row["neurons"], more=f"seed = {row['seed']}") for row in ROWS
    ]
    recipe = folder / "sessions.toml"
    recipe.write_text("\n".join([*tables, MODEL]))
    result = sysid.run(sysid.load_recipe(recipe), folder=folder)
    return {name.split("/")[1]: place for name, place in result.folders.items()}


@pytest.mark.parametrize("session", [row["name"] for row in ROWS])
def test_each_session_scores_no_worse_than_alone_beyond_noise(runs, session):
    together, alone = runs["both"].predictions()[session], runs[session].predictions()["retina"]
    np.testing.assert_array_equal(together["responses"], alone["responses"])
    fold = sysid.Fold(together["responses"], together["prediction"], together["block"])
    difference = sysid.bootstrap_difference([fold], [alone["prediction"]])
    assert difference.high > 0
    assert difference.estimate > -0.02
    assert sysid.bootstrap_mean_correlation([fold]).low > 0.3


def test_the_pooled_score_is_the_mean_over_the_cells_of_both(runs):
    scores = runs["both"].scores()
    with open(runs["both"].neurons_file, newline="") as file:
        cells = [(row["session"], float(row["correlation"])) for row in csv.DictReader(file)]
    assert [session for session, _ in cells] == ["one"] * 6 + ["two"] * 10
    assert scores["correlation"]["mean"] == pytest.approx(np.mean([cc for _, cc in cells]), abs=1e-5)
    for row in ROWS:
        of_session = [cc for session, cc in cells if session == row["name"]]
        alone = scores["sessions"][row["name"]]["correlation"]
        assert alone["mean"] == pytest.approx(np.mean(of_session), abs=1e-5)
        assert alone["low"] < alone["mean"] < alone["high"]


def test_encoder_and_core_are_shared_and_readouts_are_not(runs):
    model = sysid.load_run(runs["both"].path).model
    assert list(model.readouts) == ["one", "two"]
    alone = {row["name"]: sysid.load_run(runs[row["name"]].path).model for row in ROWS}
    count = {
        name: sum(each.numel() for each in part.parameters())
        for name, part in (("encoder", model.encoder), ("two", model.readout("two")))
    }
    assert count["encoder"] == sum(each.numel() for each in alone["one"].encoder.parameters())
    assert count["two"] == sum(each.numel() for each in alone["two"].readout("retina").parameters())


def test_a_finished_run_opens_with_both_recordings(runs):
    run = sysid.load_run(runs["both"].path)
    recordings = run.recordings
    assert {name: len(each.neurons) for name, each in recordings.items()} == {"one": 6, "two": 10}
    movie = recordings["one"].presentations[1].stimulus
    assert [run.predict(movie, session=name).shape[1] for name in recordings] == [6, 10]
    with pytest.raises(sysid.SysidError, match="expected one session, got one, two"):
        _ = run.recording


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


RELEASED = """\
[datasets.movie]
use = "zheng2021_hdf5"
size_px = 8
neurons = 3
sessions = [{rows}]
[samples]
history = 4
[encoder]
use = "conv2d"
layers = [{{channels = 3, kernel_px = 3}}]
[readout]
use = "dense"
[training]
epochs = 2
threads = 1
{more}
"""


def write_recipe(*rows, more=""):
    Path("files.toml").write_text(RELEASED.format(rows=", ".join(rows), more=more))
    return "files.toml"


def test_files_are_sessions_by_their_paths_wherever_these_lie(here, monkeypatch):
    for seed, name in enumerate(("one", "two")):
        write_released(name, seed=seed)
    done = call("run", write_recipe('"one"', '"two"'))
    assert done.code == 0, done.err
    assert [" ".join(line.split()[:2]) for line in done.out.splitlines()[1:4]] == [
        "base movie",
        "base movie/retina-one",
        "base movie/retina-two",
    ]
    assert "movie: over the 6 neurons of 2 sessions; " in done.out
    folder = here / "runs/files/base/movie/fold0/seed0"
    about = json.loads((folder / "run.json").read_text())
    assert about["dataset_paths"] == {"sessions": [{"path": str(here / "one")}, {"path": str(here / "two")}]}
    assert [row["path"] for row in about["identity"]["configuration"]["dataset"]["sessions"]] == [None, None]
    assert about["data"]["files"][0][0].startswith("retina-one: ")
    assert any("retina-two" in note and "gives it another name" in note for note in about["data"]["notes"])
    again = call("run", write_recipe(f'"{here}/one"', f'{{path = "{here}/two"}}'))
    assert [line.rpartition(", ")[2] for line in again.complaints] == ["finished before"]
    (here / "elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    assert list(sysid.load_run(folder).recordings) == ["retina-one", "retina-two"]


def test_sessions_in_another_order_are_another_run(here):
    for seed, name in enumerate(("one", "two")):
        write_released(name, seed=seed)
    assert call("run", write_recipe('"one"', '"two"')).code == 0
    assert "holds another run (this one has other data)" in call("run", write_recipe('"two"', '"one"')).err


def test_jobs_make_the_runs_of_one_process(here):
    for seed, name in enumerate(("one", "two")):
        write_released(name, seed=seed)
    recipe = write_recipe('"one"', '"two"')
    seeds = ("--set", "training.seeds=[0,1]")
    for folder, more in (("alone", ()), ("jobs", ("--jobs", "2"))):
        done = call("run", recipe, *seeds, "--folder", folder, *more)
        assert done.code == 0, done.err
    alone, jobs = (
        [
            (place / "metrics.json").read_bytes()
            for place in sorted(here.glob(f"{folder}/files/base/movie/fold0/*"))
        ]
        for folder in ("alone", "jobs")
    )
    assert len(alone) == 2
    assert alone == jobs


def test_check_prints_a_readout_for_each_session_and_says_which_file_is_missing(here):
    write_released("one")
    recipe = write_recipe('{path = "one", name = "left"}', '{path = "two", name = "right"}')
    checked = call("check", recipe)
    assert checked.code == 0, checked.err
    assert "readout left" in checked.out
    assert "readout right" in checked.out
    refused = call("run", recipe)
    assert refused.code == 2
    (line,) = refused.complaints
    assert line.startswith('files.toml: datasets.movie: session "right": two: no such file or folder; ')


def test_a_stand_in_takes_the_place_of_all_sessions(here):
    more = '[datasets.simulated]\nuse = "simulated_retina"\nsize_px = 8\nframes = 120\n'
    more += "sessions = [{neurons = 2}, {neurons = 3, seed = 1}]\n"
    Path("files.toml").write_text(
        RELEASED.format(rows='"one", "two"', more=more).replace(
            "sessions", 'stand_in = "simulated"\nsessions', 1
        )
    )
    done = call("run", "files.toml")
    assert done.code == 0, done.err
    assert "SIMULATED: files.toml: datasets.movie: sessions[0]: one: no such file or folder" in done.err
    about = json.loads(Path("runs/files/base/movie-simulated/fold0/seed0/run.json").read_text())
    assert about["simulated"]
    assert {name: len(each["neurons"]) for name, each in about["sessions"].items()} == {
        "retina": 2,
        "retina-2": 3,
    }


EVERY_ANALYSIS = {
    **dict.fromkeys(("complexity", "kernel_indices", "kernels", "pruning", "responses", "subunits"), ""),
    "comparison": "",
    "local_rf": "frames = 5",
    "model_rf": "windows = 200\nshuffles = 2",
    "null_controls": "draws = 19\nrefits = 0",
    "sta": "shifts = 9",
}
REASONS = {
    "comparison": "no two models of these runs predict the same bins of one session",
    "subunits": "the run has several sessions, and their subunits may differ",
}


def test_every_analysis_works_over_sessions_or_says_why_not(here):
    tables = [f'[analyses.{name}]\nuse = "{name}"\n{keys}\n' for name, keys in EVERY_ANALYSIS.items()]
    Path("all.toml").write_text(
        '[datasets.both]\nuse = "simulated_retina"\nsize_px = 16\nframes = 200\n'
        'sessions = [{name = "one", neurons = 2}, {name = "two", neurons = 3, seed = 1}]\n'
        + MODEL.replace("epochs = 10", "epochs = 3")
        + "".join(tables)
    )
    done = call("run", "all.toml")
    assert done.code == 0, done.err
    found = {
        file.parent.name: stored_findings(file.parent).findings
        for file in Path("runs").rglob("findings.json")
    }
    assert found.keys() == EVERY_ANALYSIS.keys()
    for name, findings in found.items():
        assert findings.reason == REASONS.get(name, ""), name
        assert findings.reason or findings.numbers, name
