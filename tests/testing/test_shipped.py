"""Tests for `sysid.testing`: everything that ships passes."""

import functools

import attrs
import numpy as np
import pytest
from scipy.io import savemat

import sysid.testing
from sysid.component import HOST, KINDS
from sysid.registry import discover
from sysid.run_plan import structure_component
from sysid_datasets.dryad_catalogue import STIMULI
from tests.command_line import write_released
from tests.sensorium_folder import make_mouse
from tests.small_nwb import make_small_file
from tests.tiny_deposit import FRAMES, NEURONS, RATE_HZ, add_second_movie, write_deposit

LAYER = {"channels": 3, "kernel_px": 3}
NOISY = LAYER | {"batch_norm": False, "noise_sd": 0.2, "dropout": 0.2, "l1": 1e-3, "l2": 1e-3}
GAIN = {"behaviour": "gain"}
ANY_SIGN = {"nonlinearity": "identity", "loss": "mse"}
DEPOSIT = {"frame_rate_hz": RATE_HZ, "size_px": 4, "first_section_s": 3.85}

KEYS = {
    "encoder:conv2d": [
        {"layers": [LAYER, NOISY], "method": "direct"},
        {"layers": [LAYER, NOISY], "method": "fourier", "history": "frames"},
        {"layers": [LAYER | {"divisive_normalization": {"pool_px": 3}}], "stacked_frames": 2},
    ],
    "core:attention": [{}, {"blocks": 2, "dropout": 0.2, "l2": 1e-3}],
    "core:gru": [{}, {"steps": "time"}, {"reset": "after", "gate": "sigmoid"}],
    "core:lstm": [{}, {"steps": "time"}],
    "core:rnn": [{}, {"steps": "time"}, {"step_order": "random"}, {"recurrent": False}],
    "core:projection": [{}, {"steps": "time", "activation": "tanh"}],
    "readout:dense": [{}, GAIN, ANY_SIGN, {"lateral_group": 2}],
    "readout:factorized": [{}, GAIN, ANY_SIGN],
    "readout:gaussian": [{}, GAIN, ANY_SIGN],
    "readout:window": [{}, ANY_SIGN],
    "readout:glm": [
        {"lags": 2, "bumps": 2, "window_px": 3},
        {"lags": 2, "bumps": 2, "window_px": 3, "coupling": "own"},
    ],
    "readout:subunit_ln": [
        {"window_px": 4, "subunit_px": 2, "filters": 2},
        ANY_SIGN | {"window_px": 3, "rectifier": "half_squared"},
    ],
    "readout:feedback": [{"wrapped": {"use": "dense"}}, {"wrapped": {"use": "window"}, "coupling": "own"}],
    "dataset:dryad_mea": [
        DEPOSIT | {"path": "deposit"},
        DEPOSIT | {"path": "deposit", "fold": 1, "control": "shuffle_sections"},
        DEPOSIT | {"path": "movies", "test_stimulus": "movie2"},
        DEPOSIT | {"path": "deposit", "stimulus": "natural_images"},
    ],
    "dataset:nwb": [{"path": "small.nwb"}],
    "dataset:sensorium": [
        {"path": "mouse", "unscored_frames": 5},
        {"path": "mouse", "unscored_frames": 5, "behaviour": ["pupil_dilation", "running_speed"]},
    ],
    "dataset:simulated_retina": [
        {"neurons": 3, "size_px": 8, "frames": 120},
        {"neurons": 3, "size_px": 8, "frames": 120, "test_stimulus": "white_noise"},
        {"layout": "fig2", "frames": 600},
    ],
    "dataset:zheng2021_hdf5": [{"path": "released", "size_px": 8, "neurons": 3}],
    "dataset:zheng2021_mat": [{"path": "simulation.mat"}],
    "analysis:curve": [{"points": [{"variant": "network", "x": 1.0}], "x_label": "nothing"}],
    "analysis:kernel_contribution": [{"bins": 4}],
    "analysis:model_rf": [{"windows": 400, "shuffles": 2, "cells": 1}],
    "analysis:null_controls": [{"draws": 9, "refits": 1}],
    "analysis:physiology": [{"drawn": 1, "field_windows": 2, "spot_size": {"sizes": 3}}],
    "analysis:power": [{"variant": "network", "against": "linear", "dataset": "tiny", "simulations": 2}],
    "analysis:responses": [{"neurons": 1, "seconds": 1.0}],
    "analysis:section_onset": [
        {"variant": "linear", "datasets": ["tiny", "tiny"], "candidates_s": [1.0, 2.0]}
    ],
    "analysis:sta": [{"shifts": 9}],
    "analysis:subunits": [{"chance_draws": 3}],
    "analysis:kernels": [{"untrained_draws": 1}],
}
"""By `kind:name` the tables that are checked, where it is not the one without keys."""

registry = functools.cache(discover)
SHIPPED = [
    f"{kind}:{component.name}"
    for kind in KINDS
    for component in registry().components(kind)
    if component.package == HOST
]
TABLES = [(name, table) for name in SHIPPED for table in KEYS.get(name, [{}])]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Hold a small one of everything that a shipped dataset reads."""
    folder = tmp_path_factory.mktemp("data")
    write_deposit(folder / "deposit")
    add_second_movie(write_deposit(folder / "movies"), NEURONS["1"])
    make_small_file().write(folder / "small.nwb")
    make_mouse().write(folder / "mouse")
    write_released(folder / "released")
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 2, (8, 8, 60)) - 0.5
    savemat(folder / "simulation.mat", {"CB": noise, "fr": generator.uniform(0, 9, (60, 2))})
    return folder


@pytest.fixture(autouse=True)
def _small_catalogue(monkeypatch):
    """Let `dryad_mea` know beforehand what the small deposit holds, as it does of the real one."""
    for name, bins in (("movie1", FRAMES), ("movie2", FRAMES - 1), ("natural_images", 10)):
        monkeypatch.setitem(STIMULI, name, attrs.evolve(STIMULI[name], bins=bins, neurons=NEURONS))


@pytest.mark.parametrize(("name", "table"), TABLES, ids=lambda value: value if isinstance(value, str) else "")
def test_what_ships_keeps_what_its_interface_promises(name, table, folder, monkeypatch):
    monkeypatch.chdir(folder)
    kind, _, use = name.partition(":")
    _, config = structure_component(registry(), kind, {"use": use, **table}, name)
    getattr(sysid.testing, f"check_{kind}")(config)


def test_every_table_is_of_a_component_that_ships():
    assert set(KEYS) <= set(SHIPPED)
