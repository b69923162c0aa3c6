"""Tests for `sysid.testing`: analyses that are broken on purpose, each caught by the name of the check."""

from pathlib import Path
from typing import ClassVar, Literal

import attrs
import numpy as np
import pytest
import torch

import sysid
from sysid.testing import check_analysis
from sysid.testing.tiny_fit import make_runs


@attrs.frozen
class Analysis(sysid.Analysis):
    """Do one thing wrong."""

    scope: ClassVar[Literal["run", "recipe"]] = "run"

    wrong: str = sysid.key("what is wrong", default="")
    beside: Path | None = sysid.key("a file that is read", default=None)

    def analyze(self, runs, folder):
        (run,) = runs
        scores = run.scores()
        wrong = self.wrong
        (folder / "cells.csv").write_text("cell,score\na,1\n" + ("b\n" if wrong == "ragged" else ""))
        if wrong == "elsewhere":
            Path("cells.csv").write_text("cell,score\n", encoding="utf-8")
        if wrong == "run folder":
            run.update(state="analysed")
        if wrong == "removes":
            run.log_file.unlink()
        if wrong == "breaks":
            raise ValueError("too few cells")
        if wrong == "cannot":
            raise sysid.SysidError("it needs two sessions")
        if wrong == "returns numbers":
            return {"mean": 1.0}
        if wrong == "draws":
            np.savez(folder / "draws.npz", torch.rand(3).numpy())
        if wrong == "reads":
            self.beside.read_text(encoding="utf-8")
        number = {"infinite": float("inf"), "unknown": float("nan")}.get(wrong, scores["correlation"]["mean"])
        return sysid.Findings(
            numbers={} if wrong == "nothing" else {"mean": number},
            pictures=[sysid.Picture("ends", "nothing")] if wrong == "no picture" else [],
            tables=[] if wrong == "nothing" else [sysid.Table("cells.csv", "a cell")],
        )


@attrs.frozen
class Comparing(sysid.Analysis):
    """Count runs."""

    scope: ClassVar[Literal["run", "recipe"]] = "recipe"

    def analyze(self, runs, folder):
        return sysid.Findings(numbers={"runs": float(len(runs))}, reason="" if len(runs) == 2 else "too few")


@pytest.mark.parametrize("wrong", ["", "cannot"])
def test_an_analysis_that_finds_something_or_says_why_not_passes(wrong):
    check_analysis(Analysis(wrong))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            "elsewhere",
            "folder: Analysis(wrong='elsewhere'): expected files in the analysis's own folder alone",
        ),
        ("elsewhere", "got working directory/cells.csv written. Usual mistake: a name without the folder"),
        ("run folder", "run.json changed"),
        ("removes", "metrics.jsonl removed"),
        ("breaks", "expected analyze of 1 finished run(s) to work, got ValueError: too few cells"),
        ("returns numbers", "expected analyze to return sysid.Findings, got dict"),
        ("infinite", "expected finite numbers, NaN where one is not defined, got infinity in mean"),
        ("unknown", "expected a sentence where a number is not defined, got NaN in mean without a word"),
        ("nothing", "expected numbers, sentences, pictures or tables, or a reason why there are none"),
        (
            "no picture",
            "expected every picture as PNG and SVG, and every table, in the folder, got no ends.png",
        ),
        ("ragged", "expected a header and rows of one length in cells.csv, got rows of 1, 2 entries"),
        ("draws", "same_findings: Analysis(wrong='draws'): expected the same findings, tables and arrays"),
        ("draws", "others in draws.npz"),
    ],
)
def test_a_broken_analysis_is_caught_by_name(wrong, words):
    with pytest.raises(AssertionError) as caught:
        check_analysis(Analysis(wrong))
    assert words in str(caught.value)
    assert str(caught.value).startswith("check_analysis: ")


def test_runs_of_ones_own_are_looked_at_and_left_alone(tmp_path):
    network, linear = make_runs(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    check_analysis(Comparing(), runs=[network, linear.path])
    with pytest.raises(AssertionError, match=r"run\.json changed"):
        check_analysis(Analysis("run folder"), runs=[network])
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_a_relative_path_is_found_though_the_working_directory_is_another(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("", encoding="utf-8")
    check_analysis(Analysis("reads", Path("notes.txt")))


def test_the_tiny_fit_is_two_finished_runs_of_simulated_data(tmp_path):
    network, linear = make_runs(tmp_path)
    assert network.information()["identity"]["configuration"]["variant"] == "network"
    assert linear.finished
    assert linear.information()["simulated"]
