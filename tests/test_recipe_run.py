"""`sysid.run`: the same from Python as from the command line, and what it does when asked to stop."""

import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest

import sysid
from sysid.errors import InterruptedTrainingError
from sysid.lock import hold
from sysid.reporter import Silence
from tests.command_line import LINEAR, SIMULATED, call, files_below, write_recipe

BOTH = f"[variants.cnn]\n{LINEAR}"
LEFT_OUT = "left out with --only, as they look at all runs of the recipe: over_all"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


class Witness(Silence):
    """Remember what was said, and ask for an interruption once a run is finished or an analysis begun."""

    def __init__(self, interrupt_after=None, by=signal.SIGINT):
        self.said = []
        self.interrupt_after = interrupt_after
        self.signal = by

    def note(self, line):
        self.said.append(("note", line))

    def warn(self, line):
        self.said.append(("warn", line))

    def run_started(self, name, number, of, resumed):
        self.said.append(("started", name, number, of, resumed))

    def epoch(self, _name, epoch):
        self.said.append(("epoch", epoch.epoch))

    def run_finished(self, name, correlation, simulated):
        self.said.append(("finished", name, simulated))
        if name == self.interrupt_after:
            signal.raise_signal(self.signal)

    def run_skipped(self, name, correlation, simulated):
        self.said.append(("skipped", name, simulated))

    def analysis_started(self, title, number, of):
        self.said.append(("analysis", title, number, of))
        if title == self.interrupt_after:
            signal.raise_signal(self.signal)


def test_python_leaves_what_the_command_line_leaves():
    recipe = write_recipe(more=BOTH)
    settings = ("training.epochs=3",)
    result = sysid.run(sysid.load_recipe(recipe, settings=settings), folder="python")
    assert call("run", recipe, "--set", *settings, "--folder", "command").code == 0
    same = ("best.safetensors", "metrics.json", ".csv", "summary.json", ".npz", "recipe.toml")
    names = [name for name in files_below("python") if name.endswith(same)]
    assert names == [name for name in files_below("command") if name.endswith(same)]
    assert len(names) == 2 * 5 + 2
    for name in names:
        assert Path("python", name).read_bytes() == Path("command", name).read_bytes(), name
    assert list(result.folders) == ["cnn/movie/fold0/seed0", "ln/movie/fold0/seed0"]
    assert result.simulated
    for row, folder in zip(result.summary.rows, result.folders.values(), strict=True):
        assert row.correlation.estimate == pytest.approx(folder.scores()["correlation"]["mean"], rel=1e-9)


def test_the_reporter_hears_of_everything_once():
    recipe = sysid.load_recipe(write_recipe(more=BOTH))
    witness = Witness()
    sysid.run(recipe, reporter=witness)
    cnn, ln = (run.name for run in recipe.runs)
    assert witness.said == [
        ("started", cnn, 1, 2, False),
        ("epoch", 0),
        ("epoch", 1),
        ("finished", cnn, True),
        ("started", ln, 2, 2, False),
        ("finished", ln, True),
    ]
    again = Witness()
    sysid.run(recipe, reporter=again)
    assert again.said == [("skipped", cnn, True), ("skipped", ln, True)]


def test_an_interruption_between_runs_is_heard_even_where_no_run_takes_steps():
    variants = LINEAR + LINEAR.replace("variants.ln", "variants.other").replace("px = 3", "px = 5")
    recipe = sysid.load_recipe(write_recipe(more=variants))
    before = signal.getsignal(signal.SIGINT)
    witness = Witness(interrupt_after="ln/movie/fold0/seed0")
    with pytest.raises(InterruptedTrainingError, match="the same command goes on from here"):
        sysid.run(recipe, reporter=witness)
    assert signal.getsignal(signal.SIGINT) is before
    assert witness.said[-1] == ("finished", "ln/movie/fold0/seed0", True)
    assert not Path("runs/tiny/other").exists()
    goes_on = Witness()
    sysid.run(recipe, reporter=goes_on)
    assert [line[0] for line in goes_on.said] == ["skipped", "started", "finished"]


ANALYSES = """
[analyses.one]
use = "subunits"
[analyses.two]
use = "subunits"
[analyses.over_all]
use = "comparison"
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_between_analyses_finishes_one_and_goes_on_with_the_next(number):
    recipe = sysid.load_recipe(write_recipe(more=f"[variants.cnn]\n{LINEAR}{ANALYSES}"))
    first = "one cnn/movie/fold0/seed0"
    before = signal.getsignal(number)
    with pytest.raises(InterruptedTrainingError) as error:
        sysid.run(recipe, reporter=Witness(interrupt_after=first, by=number))
    assert str(error.value) == "interrupted between analyses; the same command goes on from here"
    assert signal.getsignal(number) is before
    folder = Path("runs/tiny/cnn/movie-simulated/fold0/seed0/analyses")
    assert files_below(folder / "one") != []
    assert not (folder / "two").exists()
    stored = (folder / "one/findings.json").stat().st_mtime_ns
    assert first in sysid.run(recipe).analyses
    assert (folder / "one/findings.json").stat().st_mtime_ns == stored
    assert (folder / "two/findings.json").exists()


def test_only_some_runs_say_that_analyses_of_all_runs_are_left_out():
    recipe = sysid.load_recipe(write_recipe(more=f"[variants.cnn]\n{LINEAR}{ANALYSES}"))
    witness = Witness()
    result = sysid.run(recipe, only="cnn", reporter=witness)
    assert ("note", LEFT_OUT) in witness.said
    assert "over_all" not in result.analyses
    all_of_them = Witness()
    assert "over_all" in sysid.run(recipe, only=("cnn", "ln"), reporter=all_of_them).analyses
    assert ("note", LEFT_OUT) not in all_of_them.said


def test_a_run_that_another_process_is_at_is_refused_before_it_is_said_to_go_on():
    recipe = sysid.load_recipe(write_recipe())
    (place,) = sysid.run(recipe).folders.values()
    place.update(state="begun")
    witness = Witness()
    with hold(place), pytest.raises(sysid.SysidError) as error:
        sysid.run(recipe, reporter=witness)
    assert str(error.value).startswith(
        f"tiny.toml: base/movie/fold0/seed0: {place.path}: process {os.getpid()} on "
    )
    assert witness.said == []
    sysid.run(recipe, reporter=witness)
    assert witness.said[0] == ("started", "base/movie/fold0/seed0", 1, 1, True)


def test_it_runs_in_a_thread_that_gets_no_signals():
    recipe = sysid.load_recipe(write_recipe(more=LINEAR))
    results = []
    thread = threading.Thread(target=lambda: results.append(sysid.run(recipe)))
    thread.start()
    thread.join()
    assert len(results[0].summary.rows) == 1


def test_only_some_runs_leave_the_rows_of_the_others_in_the_summary():
    recipe = sysid.load_recipe(write_recipe(more=BOTH))
    sysid.run(recipe)
    stored = Path("runs/tiny/summary/summary.json").read_bytes()
    result = sysid.run(recipe, only="ln")
    assert [row.variant for row in result.summary.rows] == ["ln"]
    assert Path("runs/tiny/summary/summary.json").read_bytes() == stored


def test_seeds_are_runs_of_their_own_and_one_ensemble():
    recipe = sysid.load_recipe(write_recipe(training="seeds = [4, 1]"))
    result = sysid.run(recipe)
    (row,) = result.summary.rows
    stored = [folder.predictions()["retina"] for folder in result.folders.values()]
    assert not np.array_equal(stored[0]["prediction"], stored[1]["prediction"])
    mean = (stored[0]["prediction"] + stored[1]["prediction"]) / 2
    responses = stored[0]["responses"].mean(axis=0)
    cells = [np.corrcoef(responses[:, cell], mean[:, cell])[0, 1] for cell in range(3)]
    assert row.correlation.estimate == pytest.approx(np.mean(cells), rel=1e-5)
    alone = [folder.scores()["correlation"]["mean"] for folder in result.folders.values()]
    assert row.seed_correlations == (alone[1], alone[0])  # in the order of the seeds


def test_without_a_stand_in_missing_data_are_an_error():
    dataset = (
        f"use = 'zheng2021_mat'\npath = 'noise.mat'\nstand_in = 'retina'\n[datasets.retina]\n{SIMULATED}"
    )
    recipe = sysid.load_recipe(write_recipe(dataset, LINEAR))
    with pytest.raises(sysid.SysidError, match=r"noise\.mat: no such file .*stand-in \"retina\" is not used"):
        sysid.run(recipe, stand_in=False)
    witness = Witness()
    assert sysid.run(recipe, reporter=witness).simulated
    assert witness.said[0][0] == "warn"
    assert witness.said[0][1].startswith("SIMULATED: tiny.toml: datasets.movie: noise.mat: no such file")


def test_nothing_is_written_where_anything_is_wrong():
    recipe = sysid.load_recipe(write_recipe(more=BOTH, training='device = "gpu"'))
    with pytest.raises(sysid.SysidError) as error:
        sysid.run(recipe)
    assert str(error.value).splitlines() == [
        'tiny.toml: training.device: expected "auto", "cuda", "cuda:1", "mps" or "cpu", got "gpu"'
    ]
    assert files_below(".") == ["tiny.toml"]
