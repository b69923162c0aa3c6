"""Tests of sysid/doctor/device.py."""

import shutil

import pytest
import torch

from sysid.doctor import device
from sysid.doctor.device import examine_devices, explain_no_gpu, try_device


@pytest.fixture
def with_driver(monkeypatch):
    """A machine with an NVIDIA driver whose GPU torch does not find."""
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_a_processor_that_computes_is_fine():
    remark = try_device(torch.device("cpu"))
    assert (remark.level, remark.says) == ("ok", "trainings compute on the CPU")


def test_a_device_that_fails_is_a_problem(monkeypatch):
    def fail(*_arguments, **_options):
        raise RuntimeError("no kernel image\nfor this device")

    monkeypatch.setattr(torch, "ones", fail)
    remark = try_device(torch.device("cpu"))
    assert (remark.level, remark.says) == (
        "problem", "the CPU is there, but does not compute: no kernel image",
    )  # fmt: skip
    assert "training.device" in remark.remedy


def test_a_device_that_computes_wrongly_is_a_problem(monkeypatch):
    monkeypatch.setattr(torch, "ones", lambda *shape, device: torch.zeros(*shape, device=device))
    remark = try_device(torch.device("cpu"))
    assert (remark.level, remark.says) == (
        "problem", "the CPU is there, but computes something else than it should",
    )  # fmt: skip


def test_without_a_driver_nothing_is_said_of_gpus(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(device, "DRIVER", tmp_path / "none")
    assert explain_no_gpu() is None


def test_a_torch_without_cuda_beside_a_driver_is_a_note(with_driver, monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", None)
    _, remark = examine_devices()
    assert remark.level == "note"
    assert remark.says.endswith("is built without CUDA")
    assert "https://pytorch.org" in remark.remedy


def test_a_torch_for_cuda_that_finds_no_gpu_is_a_problem(with_driver, monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    remark = explain_no_gpu()
    assert remark.level == "problem"
    assert "built for CUDA 13.0, but finds no GPU" in remark.says


def test_a_hidden_gpu_is_a_note(with_driver, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert explain_no_gpu().says == 'CUDA_VISIBLE_DEVICES = "" hides the GPU'
