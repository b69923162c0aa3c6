"""Finished runs are found again: those of the last summary, or all below a folder."""

import pytest

from sysid.atomic import write_json
from sysid.errors import SysidError
from sysid.run_folder import RunFolder
from sysid.run_search import find_runs, find_summary


def make_run(path, *, name="ln/movie", state="finished"):
    variant, dataset = name.split("/")
    path.mkdir(parents=True)
    configuration = {
        "variant": variant,
        "dataset_name": dataset,
        "dataset_table": dataset,
        "fold": 0,
        "seed": 0,
    }
    session = {"neurons": ["a"], "frame_shape": [1, 5, 4], "frame_rate_hz": 30.0, "bins": {}}
    information = {
        "state": state,
        "simulated": True,
        "identity": {"configuration": configuration},
        "name": f"{name}/fold0/seed0",
        "digest": "0",
        "data": {"source": "simulated", "checksum": "0"},
        "sessions": {"retina": session},
        "parameters": 3,
    }
    write_json(RunFolder(path).run_file, information)
    return path


def names(runs):
    return [run.name for run in runs]


def test_a_run_folder_is_its_own_run(tmp_path):
    (run,) = find_runs([make_run(tmp_path / "a")])
    assert run.name == "ln/movie/fold0/seed0"
    assert run.simulated


def test_below_a_folder_are_all_that_are_finished(tmp_path):
    make_run(tmp_path / "b" / "seed0", name="cnn/movie")
    make_run(tmp_path / "a" / "seed0")
    make_run(tmp_path / "c" / "seed0", name="rnn/movie", state="begun")
    assert names(find_runs([tmp_path])) == ["ln/movie/fold0/seed0", "cnn/movie/fold0/seed0"]


def test_below_a_recipe_are_those_of_its_summary_in_its_order(tmp_path):
    for place, name in (("x/seed0", "ln/movie"), ("x/seed0-2", "ln/movie"), ("y/seed0", "cnn/movie")):
        make_run(tmp_path / place, name=name)
    (tmp_path / "summary").mkdir()
    write_json(tmp_path / "summary" / "runs.json", {"runs": ["y/seed0", "x/seed0-2"]})
    runs = find_runs([tmp_path])
    assert [run.folder.path.name for run in runs] == ["seed0", "seed0-2"]
    assert names(runs) == ["cnn/movie/fold0/seed0", "ln/movie/fold0/seed0"]


def test_a_run_named_twice_counts_once(tmp_path):
    folder = make_run(tmp_path / "a")
    assert len(find_runs([folder, tmp_path])) == 1


def test_two_runs_of_one_name_are_refused(tmp_path):
    make_run(tmp_path / "seed0")
    make_run(tmp_path / "seed0-2")
    with pytest.raises(SysidError, match="expected one run of each name, got two of ln/movie/fold0/seed0"):
        find_runs([tmp_path])


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nowhere", "expected a run folder, or one with runs below it; there is no such folder"),
        ("empty", "expected finished runs below it, found none$"),
        ("begun", r"found none \(1 are begun; `sysid run` goes on with them\)"),
        ("begun/seed0", "this run is not finished; `sysid run` goes on with it"),
    ],
)
def test_where_there_is_no_finished_run_one_line_says_so(tmp_path, place, message):
    (tmp_path / "empty").mkdir()
    make_run(tmp_path / "begun" / "seed0", state="begun")
    with pytest.raises(SysidError, match=message):
        find_runs([tmp_path / place])


def test_the_summary_is_that_of_the_recipe_all_runs_belong_to(tmp_path):
    for recipe in ("one", "two"):
        make_run(tmp_path / recipe / "ln" / "movie" / "fold0" / "seed0")
        (tmp_path / recipe / "summary").mkdir()
    assert find_summary(find_runs([tmp_path / "one"])) == tmp_path / "one" / "summary"
    both = [find_runs([tmp_path / recipe])[0] for recipe in ("one", "two")]
    assert find_summary(both) is None
