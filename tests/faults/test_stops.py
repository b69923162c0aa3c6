"""A run that is stopped, wherever it writes and whatever it is at, goes on to the same bits."""

import shutil
import signal
from pathlib import Path

import pytest

from tests.command_line import write_recipe
from tests.faulty_disk import BYTES_LOST, FULL, KILLED, NAMES_LOST, READ_ONLY
from tests.readable_folder import differences, read_everything
from tests.stopped_command import ANALYSIS, Commands

PLACE = Path("tiny/base/movie-simulated/fold0/seed0")
AFTER_EVERY_STEP = "checkpoint_every_s = 1e-9\n"
NEVER = 10**9
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
    """The folder of a run that nothing happened to, and how many things it does to the disk."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_recipe(more=TWO, training=AFTER_EVERY_STEP)
        done, count = commands.call("run", "tiny.toml", fault=KILLED, at=NEVER, below="runs")
    assert done.code == 0, done.err
    assert read_everything(folder / "runs") > 10
    return folder / "runs" / PLACE, count


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_recipe(more=TWO, training=AFTER_EVERY_STEP)


def spread(count: int, many: int, first: int) -> list[int]:
    """Return some of the moments from 1 to `count`, evenly."""
    return list(range(first, count + 1, max(count // many, 1)))


def stop(commands: Commands, fault: str, at: int) -> None:
    """Stop a run at one moment, and hold what it left against what must be so."""
    shutil.rmtree("runs", ignore_errors=True)
    shutil.rmtree("runs.spare", ignore_errors=True)
    stopped, _ = commands.call("run", "tiny.toml", fault=fault, at=at, below="runs")
    if fault in (FULL, READ_ONLY):
        assert stopped.code == 2, stopped.err
        *told, last = stopped.complaints
        assert all("movie/fold0/seed0" in line for line in told), stopped.err
        assert ": cannot be written: " in last
        assert last.endswith(" and run the same command again")
    else:
        assert stopped.code == -9, stopped.err
    read_everything(Path("runs"))
    reported, _ = commands.call("report", "runs/tiny", "--out", "report.html")
    assert reported.code in (0, 2), reported.err
    assert reported.code == 0 or len(reported.complaints) == 1, reported.err


def go_on(commands: Commands, whole: Path) -> None:
    """Give the same command again: what comes of it must be what nothing happened to."""
    done, _ = commands.call("run", "tiny.toml")
    assert done.code == 0, done.err
    read_everything(Path("runs"))
    assert differences(Path("runs") / PLACE, whole) == []


def survive(commands: Commands, whole: Path, fault: str, moments: list[int]) -> None:
    """Stop a run at each of several moments, and say which it did not survive."""
    failed = {}
    for at in moments:
        try:
            stop(commands, fault, at)
            go_on(commands, whole)
        except Exception as error:  # every moment is tried, so that one fault does not hide the next
            failed[at] = f"{type(error).__name__}: {error}"[-1500:]
    print(f"{fault}: survived {len(moments) - len(failed)} of {len(moments)} moments")
    assert not failed, "\n".join(f"{at}: {why}" for at, why in failed.items())


@pytest.mark.parametrize(("fault", "first"), [(KILLED, 7), (NAMES_LOST, 23), (BYTES_LOST, 41)])
def test_a_run_stopped_wherever_it_writes_goes_on_to_the_same_bits(commands, whole, fault, first):
    folder, count = whole
    survive(commands, folder, fault, spread(count, 2, first)[:2])


@pytest.mark.slow
@pytest.mark.parametrize("fault", [KILLED, NAMES_LOST, BYTES_LOST])
def test_a_run_stopped_at_every_moment_goes_on_to_the_same_bits(commands, whole, fault):
    folder, count = whole
    survive(commands, folder, fault, spread(count, count, 1))


@pytest.mark.parametrize(("fault", "first"), [(FULL, 11), (READ_ONLY, 31)])
def test_a_disk_that_fills_up_is_one_line_and_the_run_goes_on_when_there_is_room(
    commands, whole, fault, first
):
    folder, count = whole
    survive(commands, folder, fault, spread(count, 2, first)[:2])


@pytest.mark.slow
@pytest.mark.parametrize("fault", [FULL, READ_ONLY])
def test_a_disk_that_fills_up_at_any_moment_is_one_line(commands, whole, fault):
    folder, count = whole
    survive(commands, folder, fault, spread(count, count, 1))


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
    assert ("runs" / PLACE / left).exists()
    assert read_everything(Path("runs")) > 0
    done, _ = commands.call("run", "tiny.toml")
    assert done.code == 0, done.err
    assert differences("runs" / PLACE, whole[0]) == []
