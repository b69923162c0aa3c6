"""Everything that computes is on the device; what is written can be read anywhere."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import sysid
from tests.command_line import call, write_recipe
from tests.device_training import Situation


@pytest.mark.parametrize("resident", [True, False])
def test_weights_buffers_and_batches_are_on_the_device(device, resident):
    situation = Situation(device, resident=resident)
    sessions = situation.samples()
    model = situation.model(sessions)
    batch = sessions["one"].batch("train", torch.tensor([4, 0, 7]))
    held = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    held |= {"stimulus": batch.stimulus, "responses": batch.responses, "mask": batch.mask}
    assert [name for name, tensor in held.items() if tensor.device.type != device.type] == []
    rates, penalty = model.train()(batch.stimulus, None, "one")
    assert {rates.device.type, penalty.device.type} == {device.type}


def test_frames_go_to_the_device_as_they_are_stored(device):
    for dtype, kept in ((np.uint8, torch.uint8), (np.float32, torch.float32)):
        store = Situation(device, dtype=dtype).samples()["one"].store
        assert store.resident.device.type == device.type
        assert store.resident.dtype == kept


def test_a_run_on_the_device_predicts_on_the_cpu(device, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    done = call("run", write_recipe(training=f'device = "{device.type}"'))
    assert done.code == 0, done.err
    folder = Path("runs/tiny/base/movie-simulated/fold0/seed0")
    assert json.loads((folder / "run.json").read_text())["device"].startswith(device.type)
    run = sysid.load_run(folder)
    (stored,) = run.folder.predictions().values()
    shown = next(each for each in run.recording.presentations if each.name == "test")
    rates = run.predict(np.asarray(shown.stimulus[0 : shown.frames]))[stored["frame"]]
    np.testing.assert_allclose(rates, stored["prediction"], rtol=1e-4, atol=1e-5)
