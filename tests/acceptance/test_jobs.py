"""`sysid run --jobs 2`, interrupted, orphaned and bereft of a process: it goes on to the bits of one job."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from sysid.command.console import Console
from sysid.errors import SysidError
from sysid.lock import hold
from sysid.run_folder import RunFolder
from tests.command_line import SIMULATED, call, launch, wait, write_recipe

PLACES = [Path(f"runs/tiny/base/movie-simulated/fold0/seed{seed}") for seed in (0, 1)]
RARELY = ("--set", "training.checkpoint_every_s=1000")  # so that whatever is saved, was saved on leaving


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write_training() -> Path:
    """Write a recipe of two runs that last a few seconds, with noise and dropout."""
    recipe = write_recipe(SIMULATED.replace("frames = 120", "frames = 400"), training="seeds = [0, 1]\n")
    text = recipe.read_text().replace("epochs = 2", "epochs = 30\npatience = 1000").replace("32", "16")
    recipe.write_text(text.replace("kernel_px = 3", "kernel_px = 3, noise_sd = 0.2, dropout = 0.3"))
    return recipe


def at_first_epoch(monkeypatch, act) -> None:
    """Do something once, when the first run tells of an epoch; `act` is given its name."""
    tell, done = Console.epoch, []

    def epoch(self, name, epoch):
        tell(self, name, epoch)
        if not done:
            done.append(name)
            act(name)

    monkeypatch.setattr(Console, "epoch", epoch)


def states() -> dict[Path, int]:
    """Return when the training states were written that there are."""
    files = [place / "state.safetensors" for place in PLACES]
    return {file: file.stat().st_mtime_ns for file in files if file.exists()}


def wait_until_left(seconds: float = 60) -> None:
    """Wait until no process is at work on a run."""
    until = time.monotonic() + seconds
    for place in filter(Path.exists, PLACES):
        while True:
            try:
                with hold(RunFolder(place)):
                    break
            except SysidError:
                assert time.monotonic() < until, f"a process stays at {place}"
                time.sleep(0.02)


def wait_for_an_epoch(process: subprocess.Popen) -> None:
    """Wait until a log grows."""
    logs = [place / "metrics.jsonl" for place in PLACES]
    before = {log: log.stat().st_size for log in logs if log.exists()}
    for _ in range(12000):
        assert process.poll() is None, process.communicate()
        if any(log.exists() and log.stat().st_size > before.get(log, 0) for log in logs):
            return
        time.sleep(0.01)
    raise AssertionError("no epoch ended")


def test_whatever_is_interrupted_or_killed_goes_on_to_the_same_bits(monkeypatch):
    recipe = write_training()

    with monkeypatch.context() as patch:
        at_first_epoch(patch, lambda _name: signal.raise_signal(signal.SIGINT))
        stopped = call("run", recipe, "--jobs", 2, *RARELY)
    assert (stopped.code, stopped.out) == (130, "")
    assert stopped.complaints[-1] == "sysid: interrupted and saved; the same command goes on from here"
    saved = states()
    assert saved

    parent = launch("run", recipe, "--jobs", 2, *RARELY)
    wait_for_an_epoch(parent)
    parent.kill()
    assert wait(parent).code == -signal.SIGKILL
    wait_until_left()
    assert any(states()[file] > when for file, when in saved.items()) or states().keys() > saved.keys()

    victims = []

    def kill_its_process(name):
        victims.append(name)
        information = json.loads((PLACES[int(name[-1])] / "run.json").read_text())
        os.kill(information["process"]["pid"], signal.SIGKILL)

    with monkeypatch.context() as patch:
        at_first_epoch(patch, kill_its_process)
        bereft = call("run", recipe, "--jobs", 2)
    assert (bereft.code, bereft.out) == (2, "")
    (victim,) = victims
    why = f"tiny.toml: {victim}: its process was killed (SIGKILL), as the system does where memory runs out"
    assert bereft.complaints.count(why) == 1
    assert bereft.complaints[-1] == (
        f"tiny.toml: 1 of 2 runs failed: {victim}; what is finished stays, and the same command goes on "
        "with the others"
    )
    finished = [RunFolder(place).finished for place in PLACES]
    assert finished == ["seed0" not in victim, "seed1" not in victim]

    done = call("run", recipe, "--jobs", 2)
    assert done.code == 0, done.err
    assert call("run", recipe, "--folder", "whole").code == 0
    for place in PLACES:
        whole = Path("whole", *place.parts[1:])
        for name in ("best.safetensors", "metrics.json", "neurons.csv", "predictions.npz"):
            assert (place / name).read_bytes() == (whole / name).read_bytes(), place / name
