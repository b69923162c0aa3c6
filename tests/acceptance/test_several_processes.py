"""`torchrun … -m sysid run`: several processes train one model; when one is killed, the saved part stays."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command_line import LINEAR, SIMULATED, Outcome, call, files_below, wait, write_recipe

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
TRAINING = """\
checkpoint_every_s = 0.02
patience = 1000
"""
NETWORK = "base/movie-simulated/fold0/seed0"
SCRIPT = """\
import sysid

result = sysid.run(sysid.load_recipe("tiny.toml"))
print("scored", *result.folders)
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found in /proc")


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def start(*arguments) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *TORCHRUN, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
        encoding="utf-8",
    )


def kill_second(process: subprocess.Popen, folder: Path) -> None:
    """Kill the process beside the first as soon as the first has saved the training's state."""
    until = time.monotonic() + 240
    while not (folder / "state.safetensors").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    first = json.loads((folder / "run.json").read_text())["process"]["pid"]
    (second,) = (int(child) for child in children if int(child) != first)
    os.kill(second, signal.SIGKILL)


def own_lines(outcome: Outcome) -> list[str]:
    """Return what the command says, without what torchrun says of its processes."""
    return [line for line in outcome.complaints if line.startswith(("sysid:", "tiny.toml:", "1/2", "2/2"))]


def read_losses(folder: Path) -> list[float]:
    return [json.loads(line)["training_loss"] for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_killed_process_ends_all_and_the_training_goes_on_to_the_losses_of_one_process():
    recipe = write_recipe(SIMULATED, LINEAR, training=TRAINING)
    layer = "kernel_px = 3, noise_sd = 0.2, dropout = 0.3"
    text = recipe.read_text().replace("kernel_px = 3", layer, 1).replace("epochs = 2", "epochs = 25")
    recipe.write_text(text + "\n[variants.base]\n")
    begun = time.monotonic()
    process = start("-m", "sysid", "run", recipe, "--quiet")
    kill_second(process, Path("runs/tiny") / NETWORK)
    killed = time.monotonic()
    outcome = wait(process)
    assert time.monotonic() - killed < max(30, time.monotonic() - begun)
    assert outcome.code != 0
    assert own_lines(outcome) == [
        "sysid: rank 1 of 2 processes ended, so the others do; the same command goes on from the last save"
    ]

    Path("script.py").write_text(SCRIPT)
    outcome = wait(start("script.py"), seconds=300)
    assert (outcome.code, outcome.out.splitlines()) == (
        0,
        ["scored ln/movie/fold0/seed0 base/movie/fold0/seed0"],
    )
    assert call("run", recipe, "--folder", "alone", "--quiet").code == 0
    together, alone = (Path(top) / "tiny" / NETWORK for top in ("runs", "alone"))
    assert json.loads((together / "run.json").read_text())["processes"] == 2
    assert json.loads((alone / "run.json").read_text())["processes"] == 1
    assert read_losses(together) == pytest.approx(read_losses(alone), rel=1e-3)
    assert [name for name in files_below("runs") if name.endswith(".part")] == []
    assert call("run", recipe, "--quiet").code == 0  # and one process takes it as finished


def test_a_mistake_is_said_once_and_ends_all_with_one_code():
    recipe = write_recipe()
    outcome = wait(start("-m", "sysid", "run", recipe, "--set", "core.units=3"), seconds=240)
    assert outcome.err.count("core.units") == 1
    assert re.findall(r"exitcode  : (-?\d+)", outcome.err) == ["2", "2"]
    assert files_below(".") == ["tiny.toml"]
