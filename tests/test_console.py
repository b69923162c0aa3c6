"""What several runs at once look like, on a terminal and off one."""

import io

import pytest
from rich.console import Console as RichConsole

from sysid.command import console as module
from sysid.command.console import Console
from sysid.training import Epoch

FIRST, SECOND = "cnn/movie1/fold0/seed0", "crnn_lstm/movie2/fold3/seed1"


@pytest.fixture
def console():
    console = Console()
    console.console = RichConsole(file=io.StringIO(), highlight=False, soft_wrap=True)
    console.run_started(FIRST, 1, 12, False)
    console.run_started(SECOND, 12, 12, False)
    return console


def printed(console):
    return console.console.file.getvalue().splitlines()


def test_every_run_ends_with_its_own_line(console):
    console.run_failed(FIRST, f"x.toml: {FIRST}: its process was killed (SIGKILL)")
    console.run_finished(SECOND, 0.5, True)
    failed, finished = printed(console)
    assert failed == f"x.toml: {FIRST}: its process was killed (SIGKILL)"
    assert finished.startswith(f"12/12 {SECOND}: CC 0.500 SIMULATED in ")
    assert console.lines == {}
    console.run_failed("not/begun/fold0/seed0", "x.toml: nobody began it")
    assert printed(console)[-1] == "x.toml: nobody began it"


def test_off_a_terminal_every_run_has_a_line_from_time_to_time(console, monkeypatch):
    console.step(FIRST, 0, 2, 1, 10)
    assert printed(console) == []
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LINES", -1.0)
    for name in (FIRST, SECOND):
        console.step(name, 1, 2, 5, 10)
    lines = printed(console)
    assert [line.partition(", at most ")[0] for line in lines] == [
        f"1/12 {FIRST}: epoch 2/2, step 5/10",
        f"12/12 {SECOND}: epoch 2/2, step 5/10",
    ]


def test_off_a_terminal_reading_a_long_stimulus_has_a_line_from_time_to_time(console, monkeypatch):
    console.reading(SECOND, 256, 50000)
    assert printed(console) == []
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LINES", -1.0)
    console.reading(SECOND, 512, 50000)
    assert printed(console) == [f"12/12 {SECOND}: frame 512 of 50000 of the stimulus read"]


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_shows_a_line_for_each_run_and_cuts_off_losses_first(console, width):
    console.live = True
    for name in (FIRST, SECOND):
        console.step(name, 0, 2, 1, 10)
        console.epoch(name, Epoch(0, 1.5, 1.25, 0.5, 1e-3, True, 2.0))
    terminal = RichConsole(file=io.StringIO(), width=width)
    terminal.print(console.progress.get_renderable())
    lines = terminal.file.getvalue().splitlines()
    assert [line.split()[:2] for line in lines] == [["1/12", FIRST], ["12/12", SECOND]]
    for line in lines:
        assert "at most" in line
        assert " left epoch 1" in line
        assert ("CC 0.500" in line) == (width > 80)
