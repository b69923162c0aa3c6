"""The Fourier domain gives on a device what direct convolution does."""

import pytest
import torch
from torch import nn

from sysid_encoders.fourier import FourierConv2d


@pytest.mark.parametrize(("size", "kernel"), [((17, 12), 5), ((14, 15), (4, 7))])
def test_maps_and_gradients_are_those_of_a_direct_convolution(device, size, kernel):
    direct = nn.Conv2d(3, 4, kernel).to(device, torch.float64)
    fourier = FourierConv2d(3, 4, kernel).to(device, torch.float64)
    fourier.load_state_dict(direct.state_dict())
    start = torch.randn(5, 3, *size, generator=torch.Generator().manual_seed(0)).double()
    found = []
    for module in (direct, fourier):
        images = start.to(device, copy=True).requires_grad_()
        maps = module(images)
        maps.square().sum().backward()
        found.append([maps.detach(), images.grad, module.weight.grad, module.bias.grad])
    for expected, got in zip(*found, strict=True):
        assert got.device.type == device.type
        torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-9)


def test_autocast_gives_half_precision_maps(device):
    fourier = FourierConv2d(3, 4, 5).to(device)
    images = torch.randn(2, 3, 9, 11, device=device)
    with torch.autocast(device.type, torch.bfloat16):
        maps = fourier(images)
    assert maps.dtype == torch.bfloat16
    torch.testing.assert_close(maps.float(), fourier(images), rtol=0.02, atol=0.02)
