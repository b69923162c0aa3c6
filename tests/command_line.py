"""The command line in this process and in another, with recipes and files small enough for a second."""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import attrs
import h5py
import numpy as np

from sysid.command.main import main

SIMULATED = """\
use = "simulated_retina"
size_px = 8
neurons = 3
frames = 120
"""
RELEASED = """\
use = "zheng2021_hdf5"
size_px = 8
neurons = 3
path = "{path}"
"""
LINEAR = """
[variants.ln]
encoder = {use = "identity"}
readout = {use = "window", window_px = 3}
training = {method = "least_squares"}
"""


@attrs.frozen
class Outcome:
    """What a command left: its exit code and what it wrote to the two streams."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        """The lines on standard error."""
        return self.err.splitlines()


def write_recipe(
    dataset: str = SIMULATED,
    more: str = "",
    *,
    name: str = "tiny.toml",
    kernel_px: int = 3,
    training: str = "",
) -> Path:
    """Write a recipe of one small network on `[datasets.movie]` into the working directory."""
    text = f"""\
# A recipe for tests
[datasets.movie]
{dataset}
[samples]
history = 4
[encoder]
use = "conv2d"
layers = [{{channels = 3, kernel_px = {kernel_px}}}]
[readout]
use = "dense"
[training]
epochs = 2
batch_size = 32
threads = 1
{training}
{more}"""
    Path(name).write_text(text, encoding="utf-8")
    return Path(name)


def write_released(folder: Path | str, *, seed: int = 0, leave_out: str = "", bins: int = 60) -> Path:
    """Write files in the layout of `zheng2021_hdf5`: 60 frames of 8 × 8 pixels, 4 trials, 3 neurons."""
    generator = np.random.default_rng(seed)
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    for name, part in (("train_mov3.hdf5", "trn"), ("test_mov3.hdf5", "tst")):
        trials = generator.poisson(0.5, (4, 3, bins)).astype(np.float32)
        movie = generator.random((8, 8, 60), dtype=np.float32)
        with h5py.File(folder / name, "w") as file:
            for end, values in (("x", movie), ("r", trials.mean(axis=0)), ("y", trials)):
                if end != leave_out:
                    file[f"mov3_{part}_{end}"] = values
    return folder


def call(*arguments: Any) -> Outcome:
    """Run the command in this process; a bug keeps its traceback and fails the test."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.object(sys, "argv", ["sysid", *map(str, arguments)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as leaving:
            code = leaving.code
    return Outcome(code, out.getvalue(), err.getvalue())


def launch(*arguments: Any, **environment: str) -> subprocess.Popen:
    """Start the command in a process of its own, which is nobody's terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "sysid", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"} | environment,
        encoding="utf-8",
    )


def wait(process: subprocess.Popen, seconds: float = 120) -> Outcome:
    """Wait for a process to end."""
    out, err = process.communicate(timeout=seconds)
    return Outcome(process.returncode, out, err)


def files_below(folder: Path | str) -> list[str]:
    """Name all files and folders below a folder."""
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))
