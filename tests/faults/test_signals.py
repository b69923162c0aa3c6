"""SIGINT and SIGTERM, once and twice, at whatever a run is at: what is done is kept, and it goes on."""

import signal
from pathlib import Path

import pytest

from tests.command_line import write_recipe
from tests.readable_folder import differences, read_everything
from tests.stopped_command import ANALYSIS, Commands

PLACE = Path("runs/tiny/base/movie-simulated/fold0/seed0")
TWO = ANALYSIS + ANALYSIS.replace("counted", "again")
INT, TERM = int(signal.SIGINT), int(signal.SIGTERM)
READING = "sysid.planned_run:prepare"
STEP = "sysid.training:take_step"
EVALUATION = "sysid.execution:evaluate"
ANALYSES = "sysid.analysis_plan:run_analysis"
REPORT = "sysid.recipe_run:write_report"


@pytest.fixture(scope="module")
def commands():
    started = Commands()
    yield started
    started.end()


@pytest.fixture(scope="module")
def whole(commands, tmp_path_factory):
    """The folder of a run that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_recipe(more=TWO)
        done, _ = commands.call("run", "tiny.toml")
    assert done.code == 0, done.err
    return folder / PLACE


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_recipe(more=TWO)


@pytest.mark.parametrize(
    ("function", "at", "signals", "code", "said", "left"),
    [
        (READING, 1, [TERM], 130, "sysid: interrupted and saved; {again}", "state.safetensors"),
        (STEP, 2, [INT], 130, "sysid: interrupted and saved; {again}", "state.safetensors"),
        (STEP, 2, [TERM], 130, "sysid: interrupted and saved; {again}", "state.safetensors"),
        (STEP, 2, [INT, INT], 130, "sysid: interrupted", "run.json"),
        (STEP, 2, [TERM, TERM], -TERM, "", "run.json"),
        (
            EVALUATION,
            1,
            [TERM],
            130,
            "sysid: interrupted between batches of the evaluation; {again}",
            "best.safetensors",
        ),
        (ANALYSES, 1, [INT], 130, "sysid: interrupted between analyses; {again}", "analyses/counted"),
        (REPORT, 1, [INT], 130, "sysid: interrupted", "analyses/again"),
        (REPORT, 1, [TERM], -TERM, "", "analyses/again"),
    ],
)
def test_a_signal_costs_nothing_that_was_done(commands, whole, function, at, signals, code, said, left):
    stopped, _ = commands.call("run", "tiny.toml", function=function, at=at, signals=signals)
    assert stopped.code == code, stopped.err
    if said:
        again = "the same command goes on from here"
        assert stopped.complaints[-1] == said.format(again=again)
    assert (PLACE / left).exists()
    assert read_everything(Path("runs")) > 0
    done, _ = commands.call("run", "tiny.toml")
    assert done.code == 0, done.err
    assert differences(PLACE, whole) == []
