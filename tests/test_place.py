import pytest
import torch

from sysid.errors import SysidError
from sysid.place import NEEDED, Place, own_place
from sysid.process_group import own_device


@pytest.fixture
def torchrun(monkeypatch):
    """The environment that torchrun gives the last of four processes on the second of two machines."""
    values = {
        "RANK": "3",
        "WORLD_SIZE": "4",
        "LOCAL_RANK": "1",
        "LOCAL_WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": "29500",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_torchrun_says_which_process_this_is(torchrun):
    assert own_place() == Place(rank=3, count=4, local_rank=1, local_count=2)


@pytest.mark.parametrize("missing", NEEDED)
def test_without_all_it_needs_a_process_is_the_only_one(torchrun, missing):
    torchrun.delenv(missing)
    assert own_place() == Place(rank=0, count=1, local_rank=0, local_count=1)


def test_what_is_no_number_is_one_line(torchrun):
    torchrun.setenv("WORLD_SIZE", "two")
    with pytest.raises(SysidError) as error:
        own_place()
    assert str(error.value) == (
        "WORLD_SIZE: expected a number in the environment, as torchrun sets it, got 'two'"
    )


def test_each_process_takes_the_gpu_of_its_number(torchrun):
    torchrun.setattr(torch.cuda, "device_count", lambda: 2)
    assert own_device(torch.device("cuda")) == torch.device("cuda", 1)
    assert own_device(torch.device("cpu")) == torch.device("cpu")


@pytest.mark.parametrize("device", ["cuda:1", "mps"])
def test_a_device_that_cannot_be_shared_is_one_line(torchrun, device):
    with pytest.raises(SysidError) as error:
        own_device(torch.device(device))
    assert str(error.value) == (
        'training.device: expected "cuda" (each of the 4 processes takes the GPU of its number) or "cpu", '
        f'got "{device}"'
    )


def test_fewer_gpus_than_processes_is_one_line(torchrun):
    torchrun.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(SysidError) as error:
        own_device(torch.device("cuda"))
    assert str(error.value) == (
        "training.device: expected a GPU for each of the 2 processes of this machine, got 1"
    )


def test_a_process_alone_keeps_its_device():
    assert own_device(torch.device("cuda:1")) == torch.device("cuda:1")
