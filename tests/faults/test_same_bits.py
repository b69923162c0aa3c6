"""One recipe, seed and number of threads give one result, bit for bit, whatever surrounds the command.

sysid has no loader workers: the process that trains gathers its own batches. What others ask of them is asked
here of streaming (`samples.resident_mib = 0`) and of jobs.
"""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from sysid.checkpoint import read_tensors
from sysid.run_folder import RunFolder
from tests.command_line import call, launch, wait

TOP = """\
# A recipe for tests
[datasets.movie]
use = "simulated_retina"
size_px = 8
neurons = 3
frames = 160
[samples]
history = 5
[encoder]
use = "conv2d"
layers = [{channels = 3, kernel_px = 3, noise_sd = 0.2, dropout = 0.3, l1 = 1e-3}]
[readout]
use = "dense"
[training]
epochs = 3
batch_size = 16
threads = 2
"""
VARIANTS = {
    "crnn": '[variants.crnn]\ncore = {use = "lstm", hidden_units = 4, l2 = 1e-3}\n',
    "ln": '[variants.ln]\nencoder = {use = "identity"}\nreadout = {use = "window", window_px = 3}\n'
    'training = {method = "least_squares"}\n',
}
OTHER_SURROUNDINGS = {
    "OMP_NUM_THREADS": "4",
    "MKL_NUM_THREADS": "3",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "12345",
    "TZ": "Pacific/Auckland",
    "LC_ALL": "de_DE.UTF-8",
    "LANG": "tr_TR.UTF-8",
}


def write(place: Path, names) -> Path:
    place.mkdir(exist_ok=True)
    recipe = place / "bits.toml"
    recipe.write_text(TOP + "".join(VARIANTS[name] for name in names), encoding="utf-8")
    return recipe


def bits_of(runs: Path) -> dict[str, bytes]:
    """Return everything that a result is, by variant and name."""
    found = {}
    for name in VARIANTS:
        folder = RunFolder(runs / "bits" / name / "movie-simulated" / "fold0" / "seed0")
        tensors, _ = read_tensors(folder.weights_file)
        arrays = folder.predictions()["retina"]
        bits = {f"weights {key}": value.numpy().tobytes() for key, value in tensors.items()}
        bits |= {f"predictions {key}": np.ascontiguousarray(value).tobytes() for key, value in arrays.items()}
        bits |= {file.name: file.read_bytes() for file in (folder.neurons_file, folder.scores_file)}
        assert folder.information()["threads"] == 2
        found |= {f"{name}: {key}": value for key, value in bits.items()}
    summary = runs / "bits" / "summary"
    rows = json.loads((summary / "summary.json").read_text(encoding="utf-8"))
    found["scores"] = json.dumps(sorted(([row["variant"], row["correlation"]] for row in rows), key=str))
    return found


@pytest.fixture(scope="module")
def expected(tmp_path_factory) -> dict[str, bytes]:
    """The results of this process."""
    place = tmp_path_factory.mktemp("here")
    done = call("run", write(place, VARIANTS), "--folder", place / "runs")
    assert done.code == 0, done.err
    return bits_of(place / "runs")


def differing(found, expected):
    assert found.keys() == expected.keys()
    return [name for name, bits in expected.items() if found[name] != bits]


def test_other_surroundings_order_and_memory_all_at_once_give_the_same_bits(expected, tmp_path, monkeypatch):
    recipe = write(tmp_path, reversed(VARIANTS))
    monkeypatch.chdir(tmp_path)
    streamed = ("--set", "samples.resident_mib=0")
    done = wait(launch("run", recipe.name, *streamed, **OTHER_SURROUNDINGS))
    assert done.code == 0, done.err
    assert differing(bits_of(tmp_path / "runs"), expected) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHER_SURROUNDINGS)
def test_each_of_the_surroundings_changes_no_bit(name, expected, tmp_path):
    recipe = write(tmp_path, VARIANTS)
    command = ("run", recipe, "--folder", tmp_path / "runs")
    done = wait(launch(*command, **{name: OTHER_SURROUNDINGS[name]}))
    assert done.code == 0, done.err
    assert differing(bits_of(tmp_path / "runs"), expected) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    [
        ("--jobs", "2"),
        ("--set", "samples.resident_mib=0"),
        ("--set", "training.checkpoint_every_s=0.001"),
    ],
)
def test_how_a_run_is_carried_out_changes_no_bit(more, expected, tmp_path):
    recipe = write(tmp_path, VARIANTS)
    done = wait(launch("run", recipe, "--folder", tmp_path / "runs", *more))
    assert done.code == 0, done.err
    assert differing(bits_of(tmp_path / "runs"), expected) == []


@pytest.mark.slow
def test_a_run_stopped_and_gone_on_with_after_every_save_has_the_same_bits(expected, tmp_path):
    recipe = write(tmp_path, VARIANTS)
    command = ("run", recipe, "--folder", tmp_path / "runs", "--set", "training.checkpoint_every_s=1e-6")
    state = tmp_path / "runs/bits/crnn/movie-simulated/fold0/seed0/state.safetensors"
    for _ in range(3):
        process = launch(*command)
        before = state.stat().st_mtime_ns if state.exists() else 0
        while process.poll() is None and (not state.exists() or state.stat().st_mtime_ns == before):
            time.sleep(0.01)
        process.kill()
        process.communicate()
    done = wait(launch(*command))
    assert done.code == 0, done.err
    assert differing(bits_of(tmp_path / "runs"), expected) == []
