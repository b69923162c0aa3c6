"""The identity encoder, and the encoders' hook."""

import torch

import sysid
from sysid_encoders.hooks import sysid_encoders
from sysid_encoders.identity import Identity


def test_stimulus_comes_out_as_it_went_in():
    stimulus = torch.randn(2, 3, 1, 4, 5)
    features, penalty = Identity().build((3, 1, 4, 5))(stimulus)
    assert torch.equal(features, stimulus)
    assert penalty.shape == ()
    assert penalty == 0


def test_penalty_is_on_the_stimulus_device():
    with torch.device("meta"):
        _, penalty = Identity().build((3, 1, 4, 5))(torch.zeros(2, 3, 1, 4, 5))
    assert penalty.device.type == "meta"


def test_hook_offers_encoders_by_name():
    encoders = sysid_encoders()
    assert set(encoders) == {"conv2d", "identity"}
    assert all(issubclass(encoder, sysid.Encoder) for encoder in encoders.values())
