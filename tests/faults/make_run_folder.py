"""Make the run folders that every later sysid must open: `python -m tests.faults.make_run_folder VERSION`.

Done once for each version, with that version, when it is released; what lies there is never made anew after.
Every folder is a small run on simulated responses without what no reader needs (training state, TensorBoard
events). Beside the folders lies a stimulus that is no part of any recording, and what each model predicts.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

import sysid

PLACE = Path(__file__).resolve().parent / "run_folders"
STIMULUS = "stimulus.npy"
RATES = "rates.npy"
RECIPE = """\
# One small model of each kind, for a look back from later versions
[datasets.retina]
use = "simulated_retina"
size_px = 8
neurons = 3
frames = 240
[samples]
history = 4
[training]
epochs = 2
batch_size = 32
threads = 1
[variants.cnn]
encoder = {use = "conv2d", layers = [{channels = 2, kernel_px = 3, noise_sd = 0.1, l2 = 1e-3}]}
readout = {use = "dense"}
[variants.crnn]
encoder = {use = "conv2d", layers = [{channels = 2, kernel_px = 3}]}
core = {use = "lstm", hidden_units = 3}
readout = {use = "dense"}
[variants.ln]
encoder = {use = "identity"}
readout = {use = "window", window_px = 3}
training = {method = "least_squares"}
"""


def make(version: str) -> Path:
    """Train the models and keep their folders by name of the variant below `run_folders/VERSION`."""
    top = PLACE / version
    top.mkdir(parents=True)
    movie = np.random.default_rng(0).integers(0, 256, (12, 1, 8, 8), dtype=np.uint8)
    np.save(top / STIMULUS, movie)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        Path("kept.toml").write_text(RECIPE, encoding="utf-8")
        done = sysid.run(sysid.load_recipe("kept.toml"))
        for name, run in done.folders.items():
            kept = top / name.partition("/")[0]
            shutil.copytree(run.path, kept, ignore=shutil.ignore_patterns("state.safetensors", "tensorboard"))
            np.save(kept / RATES, sysid.load_run(kept).predict(movie))
    return top


if __name__ == "__main__":
    print(make(sys.argv[1]))
