"""A trained network looks where the cells look (`pytest -m slow`)."""

import csv
from pathlib import Path

import numpy as np
import pytest

import sysid
from sysid_analyses.fields.model_rf import ModelReceptiveField

RECIPE = """\
[datasets.noise]
use = "simulated_retina"
stimulus = "white_noise"
size_px = 15
frames = 9000 # 5 min
test_frames = 600

[samples]
history = 12 # frames / 30 Hz = 400 ms, nearly all of the cells' memory

[encoder]
use = "conv2d"
layers = [
  { channels = 8, kernel_px = 7, l2 = 1e-3, noise_sd = 0.1 },
  { channels = 8, kernel_px = 3, l2 = 1e-3, noise_sd = 0.1 },
]

[core]
use = "lstm"
hidden_units = 16
l2 = 1e-3

[readout]
use = "dense"
l2 = 1e-3
activity_reduction = "batch_mean"

[training]
epochs = 20
batch_size = 128
learning_rate = 5e-3
patience = 6
threads = 1

[variants.crnn]
"""


@pytest.mark.slow
def test_the_fields_of_a_trained_crnn_lie_where_those_of_the_data_do(tmp_path):
    path = tmp_path / "noise.toml"
    path.write_text(RECIPE, encoding="utf-8")
    result = sysid.run(sysid.load_recipe(path), folder=tmp_path)
    (run,) = result.folders.values()
    assert run.scores()["correlation"]["mean"] > 0.8
    place = tmp_path / "model_rf"
    place.mkdir()
    ModelReceptiveField().analyze((run,), place)
    rows = list(csv.DictReader((place / "cells.csv").read_text(encoding="utf-8").splitlines()))
    firing = [row for row in rows if row["data_reason"] != "there is no filter"]  # all of the 38 do
    assert len(firing) == 38
    distance = np.array([float(row["centre_distance_px"] or "inf") for row in firing])
    assert (distance <= 0.5).mean() >= 0.95
    assert all(row["same_sign"] == "1" for row in firing)
    truth = true_centres(run.path)
    found = np.array([[float(row[f"model_centre_{axis}_px"] or "nan") for axis in "xy"] for row in firing])
    assert (np.hypot(*(found - truth).T) <= 0.5).mean() >= 0.95  # of the truth itself as well


def true_centres(path: Path) -> np.ndarray:
    """(neuron, 2), x and y of every simulated cell."""
    truth = sysid.load_run(path).recording.truth
    assert truth is not None
    return truth.centres
