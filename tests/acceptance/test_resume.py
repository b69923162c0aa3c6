"""Acceptance 5: killed runs go on to the same bits, finished ones stay, different ones go elsewhere."""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
import torch

from tests.command_line import (
    LINEAR,
    RELEASED,
    SIMULATED,
    call,
    files_below,
    launch,
    wait,
    write_recipe,
    write_released,
)

EPOCHS = 14
TRAINING = """\
checkpoint_every_s = 0.02
patience = 1000
"""
PLACE = "runs/tiny/base/movie-simulated/fold0/seed0"
GOES_ON = "1/1 base/movie/fold0/seed0: goes on where it was"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write_training(epochs: int = EPOCHS) -> Path:
    """Write a recipe whose training lasts a few seconds, with noise and dropout, and saves all the time."""
    recipe = write_recipe(SIMULATED.replace("frames = 120", "frames = 400"), training=TRAINING)
    text = recipe.read_text().replace("epochs = 2", f"epochs = {epochs}").replace("size = 32", "size = 16")
    layer = "kernel_px = 3, noise_sd = 0.2, dropout = 0.3"
    recipe.write_text(text.replace("kernel_px = 3", layer))
    return recipe


def read_log(folder: Path | str) -> list[dict]:
    """Return the lines of `metrics.jsonl` without what the clock says; none before the first epoch ends."""
    log = Path(folder) / "metrics.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    return [{name: value for name, value in line.items() if name != "seconds"} for line in lines]


def wait_for_change(process: subprocess.Popen, file: Path) -> None:
    """Wait until a process has written a file, anew where it is there already."""
    before = file.stat().st_mtime_ns if file.exists() else None
    for _ in range(6000):
        assert process.poll() is None, process.communicate()
        if file.exists() and file.stat().st_mtime_ns != before:
            return
        time.sleep(0.01)
    raise AssertionError(f"{file} was never written")


def assert_same_training(folder: Path | str, whole: Path | str) -> None:
    """Compare two runs bit by bit, but for the clock."""
    for name in ("best.safetensors", "metrics.json", "neurons.csv"):
        assert (Path(folder) / name).read_bytes() == (Path(whole) / name).read_bytes(), name
    assert read_log(folder) == read_log(whole)
    outcomes = [json.loads((Path(place) / "run.json").read_text())["outcome"] for place in (folder, whole)]
    assert [outcome.pop("training_seconds") >= 0 for outcome in outcomes] == [True, True]
    assert outcomes[0] == outcomes[1]
    assert [name for name in files_below(folder) if name.endswith(".part")] == []


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """The folder of a run that was never stopped."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        torch.set_num_threads(1)
        assert call("run", write_training(), "--set", "training.checkpoint_every_s=1000").code == 0
    return folder / PLACE


def test_a_killed_run_goes_on_to_the_same_bits(whole):
    recipe, generator = write_training(), random.Random(0)
    state = Path(PLACE) / "state.safetensors"
    steps = []
    for _ in range(2):
        process = launch("run", recipe)
        wait_for_change(process, state)
        time.sleep(generator.uniform(0, 0.1))
        process.kill()
        assert wait(process).code == -signal.SIGKILL
        steps.append(len(read_log(PLACE)))
    assert 0 <= steps[0] <= steps[1] < EPOCHS
    done = call("run", recipe)
    assert done.code == 0
    assert done.complaints[0] == GOES_ON
    assert_same_training(PLACE, whole)


def test_an_interrupted_run_is_saved_and_goes_on(whole):
    recipe = write_training()
    process = launch("run", recipe, "--set", "training.checkpoint_every_s=1000")
    wait_for_change(process, Path(PLACE) / "metrics.jsonl")
    process.send_signal(signal.SIGINT)
    stopped = wait(process)
    assert (stopped.code, stopped.out) == (130, "")
    assert stopped.complaints[-1] == "sysid: interrupted and saved; the same command goes on from here"
    done = call("run", recipe)  # the interval between checkpoints is no part of a run's identity
    assert done.complaints[0] == GOES_ON
    assert_same_training(PLACE, whole)


def test_a_run_killed_before_its_first_checkpoint_starts_again():
    recipe = write_training(epochs=3)
    assert call("run", recipe, "--folder", "whole").code == 0
    assert call("run", recipe).code == 0
    folder = Path(PLACE)
    information = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(information | {"state": "begun"}))
    (folder / "state.safetensors").unlink()
    (folder / ".state.safetensors.123.part").write_text("half a state")
    done = call("run", recipe)
    assert done.code == 0
    assert GOES_ON not in done.err
    assert_same_training(PLACE, PLACE.replace("runs", "whole", 1))


def test_a_run_killed_while_its_folder_was_made_starts_again():
    recipe = write_training(epochs=1)
    Path(PLACE).mkdir(parents=True)
    (Path(PLACE) / "recipe.toml").write_text("half a rec")
    assert call("run", recipe).code == 0
    assert (Path(PLACE) / "recipe.toml").read_bytes() == recipe.read_bytes()


def test_a_broken_state_is_one_line():
    recipe = write_training(epochs=3)
    assert call("run", recipe).code == 0
    folder = Path(PLACE)
    information = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(information | {"state": "begun"}))
    content = (folder / "state.safetensors").read_bytes()
    (folder / "state.safetensors").write_bytes(content[: len(content) // 2])
    done = call("run", recipe)
    assert (done.code, done.out) == (2, "")
    assert done.complaints[-1].startswith(
        f"tiny.toml: base/movie/fold0/seed0: {PLACE}/state.safetensors: expected weights as safetensors: "
    )
    assert "remove it" in done.complaints[-1]


@pytest.mark.slow
def test_ten_kills_at_random_moments_change_nothing():
    recipe, generator = write_training(epochs=400), random.Random(1)
    started = time.monotonic()
    assert wait(launch("run", recipe, "--folder", "whole"), 600).code == 0
    whole = time.monotonic() - started
    for _ in range(10):
        process = launch("run", recipe)
        time.sleep(generator.uniform(0, 0.7 * whole))
        process.kill()
        assert wait(process).code in (-signal.SIGKILL, 0)
    done = wait(launch("run", recipe), 600)
    assert done.code == 0, done.err
    assert_same_training(PLACE, PLACE.replace("runs", "whole", 1))


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("training.epochs=3", "training.epochs 3 instead of 2"),
        ("core.use='gru'", 'core.use "gru" instead of "identity"; core.'),
        ("samples.include_current=false", "samples.include_current false instead of true"),
        ("datasets.movie.seed=1", "other data; dataset.seed 1 instead of 0"),
    ],
)
def test_another_setting_goes_to_another_folder_and_says_why(setting, why):
    recipe = write_recipe()
    assert call("run", recipe).code == 0
    stored = (Path(PLACE) / "best.safetensors").read_bytes()
    done = call("run", recipe, "--set", setting)
    assert done.code == 0, done.err
    note = next(line for line in done.complaints if line.startswith(PLACE))
    assert note.startswith(f"{PLACE} holds another run (this one has {why}")
    assert note.endswith(f"); this run goes to {PLACE}-2")
    assert (Path(PLACE) / "best.safetensors").read_bytes() == stored
    again = call("run", recipe)
    assert again.complaints == [line for line in again.complaints if line.endswith(", finished before")]
    other = call("run", recipe, "--set", setting)
    assert other.complaints[-2].endswith(f"; this run is in {PLACE}-2")
    assert other.complaints[-1].endswith(", finished before")


def test_settings_that_change_no_result_find_the_finished_run():
    recipe = write_recipe()
    assert call("run", recipe).code == 0
    done = call(
        "run", recipe, "--set", "training.evaluation_batch_size=7", "--set", "training.checkpoint_every_s=1"
    )
    assert done.complaints[-1].endswith(", finished before")


def test_another_profile_goes_to_another_folder_and_says_why():
    recipe = write_recipe(more="[profiles.quick]\ntraining = {epochs = 1}")
    quick = PLACE.replace("tiny", "tiny-quick", 1)
    assert call("run", recipe, "--profile", "quick").code == 0
    done = call("run", recipe)
    assert done.code == 0
    assert done.complaints[0] == (
        f"{quick} holds another run (this one has training.epochs 2 instead of 1); this run goes to {PLACE}"
    )
    assert [len(read_log(place)) for place in (quick, PLACE)] == [1, 2]
    for arguments in (("run", recipe), ("run", recipe, "--profile", "quick")):
        (line,) = call(*arguments).complaints
        assert line.endswith(", finished before")


def test_a_recipe_of_another_name_is_no_reason():
    assert call("run", write_recipe(SIMULATED, LINEAR)).code == 0
    (line,) = call("run", write_recipe(SIMULATED, LINEAR, name="tiny-2.toml")).complaints
    assert line.startswith("1/1 ln/movie/fold0/seed0: CC ")


def test_other_data_go_to_another_folder_and_say_why():
    recipe = write_recipe(RELEASED.format(path="data"), LINEAR)
    write_released("data", seed=0)
    assert call("run", recipe).code == 0
    write_released("data", seed=1)
    done = call("run", recipe)
    place = "runs/tiny/ln/movie/fold0/seed0"
    assert (
        done.complaints[0]
        == f"{place} holds another run (this one has other data); this run goes to {place}-2"
    )
    write_released("data", seed=0)
    assert call("run", recipe).complaints[-1].endswith(", finished before")


def test_real_data_after_their_stand_in_go_to_another_folder_and_say_why():
    stand_in = f"stand_in = 'retina'\n[datasets.retina]\n{SIMULATED}"
    recipe = write_recipe(RELEASED.format(path="data") + stand_in, LINEAR)
    refused = call("run", recipe, "--no-stand-in")
    assert refused.code == 2
    assert refused.complaints[0].startswith("tiny.toml: datasets.movie: data: no such file or folder; ")
    assert refused.complaints[0].endswith('(the stand-in "retina" is not used: --no-stand-in)')
    assert not Path("runs").exists()
    simulated = call("run", recipe)
    assert simulated.complaints[0].startswith("SIMULATED: tiny.toml: datasets.movie: data: no such file or ")
    assert "movie SIMULATED" in simulated.out
    before, after = (f"runs/tiny/ln/movie{end}/fold0/seed0" for end in ("-simulated", ""))
    assert json.loads(Path(before, "run.json").read_text())["simulated"] is True
    write_released("data")
    real = call("run", recipe)
    assert real.code == 0
    assert real.complaints[0].startswith(
        f"{before} holds another run (this one has real data instead of simulated; "
    )
    assert real.complaints[0].endswith(f"; this run goes to {after}")
    assert "SIMULATED" not in real.out + real.err.replace(real.complaints[0], "")
    assert json.loads(Path(after, "run.json").read_text())["simulated"] is False


def test_weights_can_be_read_by_whoever_reads_the_folder():
    assert call("run", write_recipe()).code == 0
    modes = {os.stat(Path(PLACE, name)).st_mode & 0o777 for name in ("best.safetensors", "run.json")}
    assert len(modes) == 1
