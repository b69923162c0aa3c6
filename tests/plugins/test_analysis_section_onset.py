"""The analysis `section_onset`: chosen on one dataset's validation bins, scored on the other."""

import csv

import pytest

from sysid import RunFolder, SysidError
from sysid.run_folder import open_folder
from sysid_analyses import section_onset
from sysid_analyses.section_onset import SectionOnset
from sysid_datasets.simulated_retina import SimulatedRetina

SCORES = {  # (dataset, onset, part) → CC; test scores would choose otherwise
    ("movie1", 3.7, "validation"): 0.1,
    ("movie1", 3.85, "validation"): 0.3,
    ("movie2", 3.7, "validation"): 0.2,
    ("movie2", 3.85, "validation"): 0.1,
    ("movie1", 3.7, "test"): 0.21,
    ("movie1", 3.85, "test"): 0.11,
    ("movie2", 3.7, "test"): 0.22,
    ("movie2", 3.85, "test"): 0.12,
    ("movie1", None, "test"): 0.31,
    ("movie2", None, "test"): 0.32,
}


@pytest.fixture
def runs(monkeypatch, tmp_path):
    """Two variants on two movies, with known scores."""
    monkeypatch.setattr(section_onset, "_mean_correlation", look_up)
    folders = []
    for name in ("cnn/movie1", "cnn/movie2", "ln/movie1", "ln/movie2"):
        folders.append(RunFolder(tmp_path / "runs" / name))
        open_folder(folders[-1], {"name": f"{name}/fold0/seed0"}, "text")
    return tuple(folders)


def look_up(folds, onset, part):
    (fold,) = folds
    assert fold.path.parent.name == "ln"
    return SCORES[fold.path.name, onset, part]


CONFIG = SectionOnset(variant="ln", datasets=("movie1", "movie2"), candidates_s=(3.7, 3.85))


def test_each_movie_is_scored_at_the_onset_the_other_chose(runs, tmp_path):
    findings = CONFIG.analyze(runs, tmp_path)
    assert findings.numbers == {
        "movie1.chosen_s": 3.85,
        "movie2.correlation_at_onset_of_movie1": 0.12,
        "movie2.correlation_as_run": 0.32,
        "movie2.chosen_s": 3.7,
        "movie1.correlation_at_onset_of_movie2": 0.21,
        "movie1.correlation_as_run": 0.31,
    }
    with open(tmp_path / "onsets.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["dataset"], row["first_section_s"]) for row in rows] == [
        ("movie1", "3.7"),
        ("movie1", "3.85"),
        ("movie2", "3.7"),
        ("movie2", "3.85"),
    ]
    assert float(rows[1]["validation_correlation"]) == 0.3


def test_a_dataset_without_runs_is_one_line(runs, tmp_path):
    with pytest.raises(SysidError, match="expected runs of ln/movie2 in this recipe, found none"):
        CONFIG.analyze(runs[:3], tmp_path)


def test_a_dataset_without_an_onset_is_refused():
    with pytest.raises(SysidError) as error:
        section_onset.at_onset(SimulatedRetina(), 3.7)
    assert str(error.value) == (
        "section_onset: expected datasets of one session with the key first_section_s"
    )
    assert section_onset.at_onset(SimulatedRetina(), None) == SimulatedRetina()
