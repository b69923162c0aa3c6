"""The identity core, and the cores' hook."""

import torch

import sysid
from sysid_cores.hooks import sysid_cores
from sysid_cores.identity import Identity


def test_features_come_out_as_they_went_in():
    features = torch.randn(2, 3, 4, 5, 6)
    passed, penalty = Identity().build((3, 4, 5, 6))(features)
    assert torch.equal(passed, features)
    assert penalty.shape == ()
    assert penalty == 0


def test_penalty_is_on_the_features_device():
    with torch.device("meta"):
        _, penalty = Identity().build((3, 4, 5, 6))(torch.zeros(2, 3, 4, 5, 6))
    assert penalty.device.type == "meta"


def test_hook_offers_cores_by_name():
    cores = sysid_cores()
    assert set(cores) == {"attention", "gru", "identity", "lstm", "projection", "rnn"}
    assert all(issubclass(core, sysid.Core) for core in cores.values())
