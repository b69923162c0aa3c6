"""Runs small enough for a second, for analyses to look at: a simulated retina, a network, a linear model."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

import torch

from sysid.recipe import load_recipe
from sysid.recipe_run import run
from sysid.run_folder import RunFolder
from sysid.testing.surroundings import guarded

RECIPE = """\
# Runs for sysid.testing.check_analysis: made in a second, and no good
[datasets.tiny]
use = "simulated_retina"
stimulus = "white_noise"
neurons = 3
size_px = 14
frames = 420
test_frames = 120
train_repeats = 3
test_repeats = 4
mean_rate_hz = 20.0

[samples]
history = 5

[encoder]
use = "conv2d"
layers = [{ channels = 3, kernel_px = 5 }]

[readout]
use = "dense"
activity_reduction = "batch_mean"

[training]
epochs = 1
batch_size = 64
threads = 1

[variants.network]

[variants.linear]
encoder = { use = "identity" }
readout = { use = "window", window_px = 5 }
training = { method = "least_squares" }
"""


def make_runs(top: Path) -> tuple[RunFolder, ...]:
    """Put finished runs into a folder and return them, the network first; they are made once per process."""
    shutil.copytree(_train(), top, dirs_exist_ok=True)
    found = sorted(top.rglob("run.json"), key=lambda file: "linear" in file.parts)
    return tuple(RunFolder(file.parent) for file in found)


@functools.cache
def _train() -> Path:
    """Train both models and return the folder of their runs; it is removed when Python ends."""
    folder = Path(tempfile.mkdtemp(prefix="sysid-testing-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    recipe = folder / "tiny.toml"
    recipe.write_text(RECIPE, encoding="utf-8")
    with guarded(), torch.enable_grad():
        run(load_recipe(str(recipe)), folder=folder / "runs")
    return folder / "runs"
