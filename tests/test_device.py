import pytest
import torch

from sysid.device import choose_device
from sysid.errors import SysidError


def test_auto_takes_cuda_then_mps_then_cpu(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto").type == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto").type == "mps"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device("auto").type == "cpu"


@pytest.mark.parametrize("asked", ["gpu", "cuda:x", ""])
def test_an_unknown_device_is_one_line(asked):
    with pytest.raises(SysidError, match=rf'training.device: expected "auto".*got "{asked}"'):
        choose_device(asked)


def test_a_device_that_is_not_there_is_one_line(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert choose_device("cuda:0") == torch.device("cuda:0")
    with pytest.raises(
        SysidError, match=r'expected a device of this machine, got "cuda:1" \(it has 1 cuda\)'
    ):
        choose_device("cuda:1")
