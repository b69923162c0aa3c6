"""Training on a device: the same bits again, also after an interruption; bfloat16 near single precision."""

import numpy as np
import pytest
import torch

from tests.device_training import Situation


def differing(first, second):
    assert first.keys() == second.keys()
    return [name for name in first if not torch.equal(first[name], second[name])]


@pytest.mark.parametrize("method", ["direct", "fourier"])
@pytest.mark.usefixtures("repeatable")
def test_a_seed_gives_the_same_bits_again(device, method, tmp_path):
    first, second = (Situation(device, method).train(tmp_path / name) for name in ("one", "two"))
    assert differing(first, second) == []


@pytest.mark.usefixtures("repeatable")
def test_a_training_that_was_interrupted_ends_with_the_same_bits(device, tmp_path):
    whole = Situation(device).train(tmp_path / "whole")
    assert differing(whole, Situation(device).train(tmp_path / "pieces", stop_after=(3, 9))) == []


@pytest.mark.usefixtures("repeatable")
def test_a_streamed_movie_gives_the_same_bits(device, tmp_path):
    resident, streamed = (
        Situation(device, resident=resident).train(tmp_path / str(resident)) for resident in (True, False)
    )
    assert differing(resident, streamed) == []


@pytest.mark.parametrize("method", ["direct", "fourier"])
def test_mixed_precision_is_near_single_precision_and_keeps_the_weights_in_it(device, method, tmp_path):
    single = Situation(device, method)
    single.train(tmp_path / "single")
    mixed = Situation(device, method, precision="bfloat16")
    weights = mixed.train(tmp_path / "mixed")
    floats = {value.dtype for value in weights.values() if value.is_floating_point()}
    assert floats == {torch.float32}
    np.testing.assert_allclose(mixed.losses, single.losses, rtol=0.05)


def test_the_device_trains_as_the_cpu_does_but_for_noise(device, tmp_path, monkeypatch):
    monkeypatch.setattr("tests.device_training.LAYERS", ())
    there, here = Situation(device), Situation(torch.device("cpu"))
    there.train(tmp_path / "there")
    here.train(tmp_path / "here")
    np.testing.assert_allclose(there.losses, here.losses, rtol=1e-3)
