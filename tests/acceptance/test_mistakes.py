"""Acceptance 6: twelve ways to get it wrong, each one line that names file and key, and nothing written."""

import os
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io

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

SIMULATION = """\
use = "zheng2021_mat"
path = "{path}"
"""
DEPOSIT = """\
use = "dryad_mea"
stimulus = "movie1"
path = "{path}"
"""


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write_simulation(path: str, *, frames: int = 90, bins: int = 90, broken_frame: int | None = None) -> None:
    """Write a file in the layout of `zheng2021_mat`."""
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 2, (8, 8, frames)) - 0.5
    if broken_frame is not None:
        noise[0, 3, broken_frame] = np.nan
    scipy.io.savemat(path, {"CB": noise, "fr": generator.random((bins, 2))})


def write_deposit(path: str) -> None:
    """Write a zip that would pass for the deposit until its files are looked at."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("NeuralData/Spikes/Movie1Exp1.mat", "Stimuli/Movie1/frame0001.raw"):
            archive.writestr(name, np.random.default_rng(0).bytes(5000))


def cut_short(path: str, share: float = 0.5) -> None:
    """Keep the first part of a file."""
    content = Path(path).read_bytes()
    Path(path).write_bytes(content[: round(share * len(content))])


def fail(*arguments: object) -> str:
    """Run, expect a user's mistake, and return its one line; nothing may have been written."""
    before = files_below(".")
    done = call("run", *arguments)
    assert (done.code, done.out) == (2, ""), done.err
    assert files_below(".") == before
    (line,) = done.complaints
    return line


def test_the_recipes_below_run_where_nothing_is_wrong():
    write_released("data")
    write_simulation("noise.mat")
    more = "[datasets.noise]\n" + SIMULATION.format(path="noise.mat") + LINEAR
    done = call("run", write_recipe(RELEASED.format(path="data"), more))
    assert done.code == 0, done.err
    assert [line.split()[:2] for line in done.out.splitlines()[1:3]] == [["ln", "movie"], ["ln", "noise"]]


def test_an_unknown_key():
    assert fail(write_recipe(training="epoch = 3")) == (
        'tiny.toml: training.epoch: unknown key; did you mean "epochs"?'
    )


def test_a_wrong_type():
    assert fail(write_recipe(training='patience = "5"')) == (
        'tiny.toml: training.patience: expected int, got "5" (str)'
    )


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("learning_rate=1e38", "learning_rate: expected at most 1, got 1e+38"),
        (
            "seeds=[99999999999999999999999]",
            "seeds: expected at most 9.22337e+18, got 99999999999999999999999",
        ),
    ],
)
def test_a_number_beyond_what_can_be_computed(setting, said):
    assert fail(write_recipe(), "--set", f"training.{setting}") == f"--set training.{said}"


def test_the_largest_seed_trains():
    assert call("run", write_recipe(training=f"seeds = [{2**63 - 1}]")).code == 0


def test_a_missing_recipe():
    assert fail("tiny.toml").startswith(
        "tiny.toml: no such file, nor a recipe that ships with sysid; these do: "
    )


def test_a_missing_file():
    assert fail(write_recipe(RELEASED.format(path="data"))) == (
        "tiny.toml: datasets.movie: data: no such file or folder; "
        "`sysid fetch zheng2021_hdf5` gets the released files"
    )


def test_a_truncated_zip():
    write_deposit("deposit.zip")
    cut_short("deposit.zip")
    assert fail(write_recipe(DEPOSIT.format(path="deposit.zip"))) == (
        "tiny.toml: datasets.movie: deposit.zip: expected a whole zip or a folder, "
        "got a file that is none or is cut short (File is not a zip file)"
    )


def test_a_zip_without_the_files_of_the_deposit():
    write_deposit("deposit.zip")
    assert fail(write_recipe(DEPOSIT.format(path="deposit.zip"))).startswith(
        "tiny.toml: datasets.movie: deposit.zip: NeuralData/ReceptiveFields/Movie1Exp1.mat: expected this "
    )


@pytest.mark.parametrize("share", [0.0, 0.001, 0.02, 0.3, 0.9, 0.9999])
def test_a_truncated_mat(share):
    write_simulation("noise.mat")
    cut_short("noise.mat", share)
    assert fail(write_recipe(SIMULATION.format(path="noise.mat"))).startswith(
        "tiny.toml: datasets.movie: noise.mat: expected a whole MATLAB 5 file, got "
    )


def test_a_truncated_hdf5():
    write_released("data")
    cut_short("data/train_mov3.hdf5")
    assert fail(write_recipe(RELEASED.format(path="data"))).startswith(
        "tiny.toml: datasets.movie: data/train_mov3.hdf5: expected an HDF5 file, got "
    )


def test_an_hdf5_file_without_the_dataset():
    write_released("data", leave_out="y")
    assert fail(write_recipe(RELEASED.format(path="data"))) == (
        'tiny.toml: datasets.movie: data/train_mov3.hdf5: expected dataset "mov3_trn_y", '
        'found "mov3_trn_r", "mov3_trn_x"'
    )


def test_a_kernel_larger_than_the_image():
    assert fail(write_recipe(kernel_px=9)) == (
        "tiny.toml: base: encoder.layers[0].kernel_px: expected at most 8 (the image is 8×8 here), got 9"
    )


def test_a_window_larger_than_the_image():
    variant = LINEAR.replace("window_px = 3", "window_px = 9")
    assert fail(write_recipe(more=variant)) == (
        "tiny.toml: ln: readout.window_px: expected at most 8, as the features are 8×8, got 9"
    )


def test_zero_test_bins():
    assert fail(write_recipe(f"{SIMULATED}test_frames = 3")) == (
        "tiny.toml: datasets.movie: session retina: expected test bins, got none of 120 bins of 33.3 ms (3 "
        "dropped for want of samples.history = 4 frames, 0 for sharing frames with another part)"
    )


def test_zero_validation_bins_name_the_way_out():
    dataset = f"{SIMULATED}validation_fraction = 0"
    assert fail(write_recipe(dataset)) == (
        "tiny.toml: datasets.movie: session retina: expected validation bins, got none of 120 bins "
        "of 33.3 ms (0 dropped for want of samples.history = 4 frames, 0 for sharing frames with another "
        'part); training.monitor = "training" needs none'
    )
    assert call("run", write_recipe(dataset, training='monitor = "training"')).code == 0


def test_zero_bins_of_a_later_variant_stop_the_first_as_well():
    more = LINEAR + "[variants.long]\nsamples = {history = 40}"
    line = fail(write_recipe(f"{SIMULATED}test_frames = 30", more))
    assert line.startswith(
        "tiny.toml: datasets.movie: session retina: expected test bins, got none of 120 bins of 33.3 ms "
        "(30 dropped"
    )


@pytest.mark.parametrize(("name", "variant"), [("ln", LINEAR), ("cnn", "[variants.cnn]")])
def test_negative_responses_under_a_poisson_loss(name, variant):
    write_released("data")
    with h5py.File("data/train_mov3.hdf5", "r+") as file:
        for end in "ry":
            file[f"mov3_trn_{end}"][...] -= 0.25
    more = f"[datasets.retina]\n{SIMULATED}{variant}"
    assert fail(write_recipe(RELEASED.format(path="data"), more)) == (
        f'tiny.toml: {name} on movie: readout.loss: expected "mse", as responses go down to -0.25 and counts '
        'never below zero, got "poisson"'
    )
    assert call("run", "tiny.toml", "--set", f"variants.{name}.readout.loss=mse").code == 0


def test_a_stimulus_with_nan():
    write_released("data")
    with h5py.File("data/test_mov3.hdf5", "r+") as file:
        file["mov3_tst_x"][2, 5, 41] = np.nan
    assert fail(write_recipe(RELEASED.format(path="data"))) == (
        "tiny.toml: datasets.movie: data/test_mov3.hdf5: mov3_tst_x: expected finite pixels, "
        "got NaN or infinity, first in frame 41"
    )
    write_simulation("noise.mat", broken_frame=17)
    assert fail(write_recipe(SIMULATION.format(path="noise.mat"))) == (
        "tiny.toml: datasets.movie: noise.mat: CB: expected finite pixels, got NaN or infinity, "
        "first in frame 17"
    )


def test_responses_longer_than_the_stimulus():
    write_released("data", bins=70)
    assert fail(write_recipe(RELEASED.format(path="data"))) == (
        "tiny.toml: datasets.movie: data/train_mov3.hdf5: mov3_trn_r: expected 60 bins, "
        "one per frame of mov3_trn_x, got 70"
    )
    write_simulation("noise.mat", bins=91)
    assert fail(write_recipe(SIMULATION.format(path="noise.mat"))) == (
        "tiny.toml: datasets.movie: noise.mat: fr: expected 90 bins, one per frame of CB, got 91"
    )


@pytest.mark.parametrize(
    ("device", "said"),
    [
        ("gpu", 'expected "auto", "cuda", "cuda:1", "mps" or "cpu", got "gpu"'),
        ("cuda:99", 'expected a device of this machine, got "cuda:99" (it has '),
        ("cpu:1", 'expected a device of this machine, got "cpu:1" (it has 1 cpu)'),
    ],
)
def test_an_unknown_device(device, said):
    line = fail(write_recipe(more=LINEAR + "[variants.cnn]", training=f'device = "{device}"'))
    assert line.startswith(f"tiny.toml: training.device: {said}")


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        ("taken", "(taken: Not a directory)"),
        ("taken/below", "(taken: Not a directory)"),
        ("/proc/runs", "(/proc: No such file or directory)"),
        ("x" * 300, f"({'x' * 300}/tiny: File name too long)"),
    ],
)
def test_an_output_folder_that_cannot_be_written(folder, why):
    Path("taken").write_text("a file")
    write_recipe()
    line = fail("tiny.toml", "--folder", folder)
    assert line == f"folder: expected one that can be written to, got {folder}/tiny {why}"
    assert Path("taken").read_text() == "a file"


def test_a_file_where_the_folder_of_a_recipe_should_be():
    Path("runs").mkdir()
    Path("runs/tiny").write_text("a file")
    assert fail(write_recipe()) == (
        "folder: expected one that can be written to, got runs/tiny (runs/tiny: Not a directory)"
    )


def test_an_output_folder_is_found_out_before_data_are_read():
    Path("taken").touch()
    write_released("data", leave_out="x")
    assert fail(write_recipe(RELEASED.format(path="data")), "--folder", "taken").startswith("folder: ")


def test_several_mistakes_in_a_recipe_are_as_many_lines():
    write_recipe(f"{SIMULATED}neuron = 5", training='epoch = 3\npatience = "5"', kernel_px=0)
    done = call("run", "tiny.toml")
    assert (done.code, done.out) == (2, "")
    assert sorted(done.complaints) == [
        'tiny.toml: datasets.movie.neuron: unknown key; did you mean "neurons"?',
        "tiny.toml: encoder.layers[0].kernel_px: expected at least 1, got 0",
        'tiny.toml: training.epoch: unknown key; did you mean "epochs"?',
        'tiny.toml: training.patience: expected int, got "5" (str)',
    ]


def test_several_broken_recordings_and_models_are_as_many_lines():
    write_released("data", leave_out="r")
    write_simulation("noise.mat")
    cut_short("noise.mat")
    more = f"""
[datasets.noise]
{SIMULATION.format(path="noise.mat")}
[datasets.retina]
{SIMULATED}
[variants.one]
[variants.two.encoder]
layers = [{{channels = 3, kernel_px = 9}}]
"""
    done = call("run", write_recipe(RELEASED.format(path="data"), more, training='device = "gpu"'))
    assert (done.code, done.out) == (2, "")
    assert [line.split(": ")[:3] for line in done.complaints] == [
        ["tiny.toml", "datasets.movie", "data/train_mov3.hdf5"],
        ["tiny.toml", "datasets.noise", "noise.mat"],
        ["tiny.toml", "training.device", 'expected "auto", "cuda", "cuda:1", "mps" or "cpu", got "gpu"'],
        ["tiny.toml", "two", "encoder.layers[0].kernel_px"],
    ]
    assert files_below(".") == [
        "data",
        "data/test_mov3.hdf5",
        "data/train_mov3.hdf5",
        "noise.mat",
        "tiny.toml",
    ]


def test_missing_recordings_are_as_many_lines():
    more = "[datasets.noise]\n" + SIMULATION.format(path="noise.mat")
    done = call("run", write_recipe(RELEASED.format(path="data"), more))
    assert done.code == 2
    assert [line.split(": ")[1:3] for line in done.complaints] == [
        ["datasets.movie", "data"],
        ["datasets.noise", "noise.mat"],
    ]


def test_a_mistake_in_a_process_of_its_own_has_no_traceback():
    done = wait(launch("run", str(write_recipe(kernel_px=9))))
    assert (done.code, done.out) == (2, "")
    assert done.complaints == [
        "tiny.toml: base: encoder.layers[0].kernel_px: expected at most 8 (the image is 8×8 here), got 9"
    ]


def test_a_loss_that_is_not_finite_names_the_run():
    done = call("run", write_recipe(more="[variants.steep.readout]\nbeta = 3e38"))
    assert (done.code, done.out) == (2, "")
    (line,) = done.complaints
    assert line.startswith(
        "tiny.toml: steep/movie/fold0/seed0: training: the loss is nan in epoch 0, step 0, "
        "session retina, bins "
    )
    assert " of train: neuron on0 and 1 more, with a prediction that is NaN or infinite at bin " in line
    assert line.endswith(
        "; the last good weights (before epoch 0) are in "
        "runs/tiny/steep/movie-simulated/fold0/seed0/state.safetensors; "
        'training.on_nan = "skip" leaves such steps out; '
        "a smaller training.learning_rate or training.gradient_clip may help"
    )
    assert not Path("runs/tiny/summary").exists()


def write_nothing_large() -> None:
    """Let this process write no file of more than 8 kB, as if the disk were full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))


def test_a_full_disk_is_one_line_and_leaves_no_half_a_file():
    write_recipe()
    done = subprocess.run(
        [sys.executable, "-m", "sysid", "run", "tiny.toml"],
        capture_output=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        preexec_fn=write_nothing_large,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert [line for line in done.stderr.splitlines() if line.startswith("tiny.toml")] == [
        "tiny.toml: base/movie/fold0/seed0: "
        "runs/tiny/base/movie-simulated/fold0/seed0/state.safetensors: cannot be written: File too large"
    ]
    left = files_below("runs/tiny/base/movie-simulated/fold0/seed0")
    assert [name for name in left if ".part" in name or "safetensors" in name] == []
