"""A recipe on a folder of the SENSORIUM competition: convolutions, memory, and behaviour as a gain."""

import json
from pathlib import Path

import numpy as np
import pytest

import sysid
from tests.command_line import call
from tests.sensorium_folder import NAMES, RUNNING_GAIN, make_mouse

DATASET = """\
use = "sensorium"
path = "dynamic1-2-3-Video-ab"
unscored_frames = 50
behaviour = ["pupil_dilation", "running_speed", "pupil_x", "pupil_y"]
"""
RECIPE = f"""\
# A mouse
[datasets.mouse]
{DATASET}
[samples]
history = 4
[encoder]
use = "conv2d"
history = "frames"
layers = [{{channels = 4, kernel_px = 3}}]
[core]
use = "gru"
steps = "time"
hidden_units = 16
[readout]
use = "factorized"
behaviour = "gain"
[training]
epochs = 9
batch_size = 64
learning_rate = 2e-2
threads = 1
[variants.factorized]
[variants.gaussian]
readout = {{use = "gaussian", behaviour = "gain"}}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Train once; the tests below look at what came of it."""
    top = tmp_path_factory.mktemp("sensorium")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(top)
        make_mouse(train=9, oracle=(3, 3), frames=150, neurons=5).write(top / "dynamic1-2-3-Video-ab")
        Path("mouse.toml").write_text(RECIPE, encoding="utf-8")
        done = call("run", "mouse.toml")
        assert done.code == 0, done.err
        yield {path.parents[3].name: path.parent for path in top.rglob("predictions.npz")}


def correlate(rates, responses):
    return np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(rates.T, responses.T, strict=True)])


@pytest.mark.parametrize("variant", ["factorized", "gaussian"])
def test_a_model_with_memory_and_gain_predicts_what_it_did_not_see(runs, variant):
    stored = np.load(runs[variant] / "predictions.npz")
    (session,) = {name.split("/")[0] for name in stored}
    rates = stored[f"{session}/prediction"]
    responses = stored[f"{session}/responses"].mean(axis=0)
    assert len(rates) == 2 * (150 - 50)
    other = np.roll(responses, 100, axis=0)  # those to the other video
    score, control = correlate(rates, responses), correlate(rates, other)
    assert score > 0.4
    assert score > control + 0.3


@pytest.mark.parametrize("variant", ["factorized", "gaussian"])
def test_the_gain_is_that_of_running(runs, variant):
    model = sysid.load_run(runs[variant]).model
    (readout,) = model.readouts.values()
    gains = readout.gain.weight.detach().numpy().mean(axis=0)
    running = NAMES.index("running_speed")
    assert gains[running] == pytest.approx(RUNNING_GAIN, abs=0.2)
    assert np.abs(np.delete(gains, running)).max() < 0.2


def test_the_run_says_what_was_chosen(runs):
    about = json.loads((runs["factorized"] / "run.json").read_text(encoding="utf-8"))
    (session,) = about["sessions"].values()
    assert session["response_kind"] == "deconvolved calcium"
    assert session["behaviour"] == list(NAMES)
    assert any(note.startswith("the first 50 frames") for note in about["data"]["notes"])


def test_a_withheld_tier_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_mouse(frames=60).write(tmp_path / "dynamic1-2-3-Video-ab")
    Path("mouse.toml").write_text(RECIPE, encoding="utf-8")
    done = call("run", "mouse.toml", "--set", 'datasets.mouse.test=["live_test_main"]')
    line = done.complaints[-1]  # before it, which runs the setting changes
    assert (done.code, len(done.complaints)) == (2, 2)
    assert line.startswith("mouse.toml: datasets.mouse: ")
    assert "have been withheld (data/responses is zero throughout)" in line
