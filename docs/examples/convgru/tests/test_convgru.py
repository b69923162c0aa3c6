"""The convolutional GRU: its equations, its memory, what sysid asks of it."""

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d
from scipy.special import expit
from torch import Tensor

import sysid
from sysid.testing import check_core
from sysid_convgru.config import ConvGru

SHAPE = (5, 2, 7, 6)


def build(seed=0, shape=SHAPE, **keys):
    torch.manual_seed(seed)
    return ConvGru(**{"channels": 3, **keys}).build(shape).double().eval()


def draw(batch=2, shape=SHAPE) -> Tensor:
    return torch.randn(batch, *shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def convolve(maps: np.ndarray, kernels: Tensor) -> np.ndarray:
    """Return scipy's sum over maps, with zeros beyond the border."""
    weight = kernels.detach().numpy()
    return np.stack(
        [sum(correlate2d(each, row[i], mode="same") for i, each in enumerate(maps)) for row in weight]
    )


@pytest.mark.parametrize(
    "config",
    [
        ConvGru(),
        ConvGru(channels=3, kernel_px=5, warmup=2, l2=1e-3),
        ConvGru(channels=1, kernel_px=1, warmup=5),
    ],
)
def test_it_keeps_what_its_interface_promises(config):
    check_core(config)


def test_states_follow_the_equations_of_ballas_et_al():
    module, features = build(), draw(batch=1)
    state, bias = np.zeros((3, 7, 6)), module.drive.bias.detach().numpy()[:, None, None]
    for step, frame in enumerate(features[0].numpy()):
        drive = convolve(frame, module.drive.weight) + bias
        update, reset = np.split(expit(drive[:6] + convolve(state, module.gates.weight)), 2)
        proposed = np.tanh(drive[6:] + convolve(reset * state, module.candidate.weight))
        state = (1 - update) * state + update * proposed
        np.testing.assert_allclose(module(features)[0][0, step].detach().numpy(), state, atol=1e-12)


def test_the_warmup_takes_steps_from_the_beginning():
    whole, penalty = build()(draw())
    short, same_penalty = build(warmup=2)(draw())
    assert whole.shape == (2, 5, 3, 7, 6)
    assert torch.equal(short, whole[:, 2:])
    assert penalty == same_penalty == 0


@pytest.mark.parametrize(("kernel_px", "reach"), [(3, 1), (5, 2)])
def test_what_a_place_remembers_reaches_its_neighbours_frame_by_frame(kernel_px, reach):
    module, features = build(kernel_px=kernel_px, shape=(3, 1, 13, 13)), torch.zeros(1, 3, 1, 13, 13).double()
    changed = features.clone()
    changed[0, 0, 0, 6, 6] = 1
    moved = (module(changed)[0] - module(features)[0]).abs().amax(dim=(0, 2))  # step height width
    for step in range(3):
        rows = torch.nonzero(moved[step].amax(dim=1)).flatten() - 6
        assert rows.abs().max() <= reach * (2 * step + 1)  # a step reaches for r∘h, whose reset reached for h
        assert rows.abs().max() >= reach * (step + 1)


def test_the_penalty_is_on_all_kernels_and_no_bias():
    module = build(l2=0.5)
    torch.nn.init.ones_(module.drive.bias)
    squares = [each.weight.square().sum() for each in (module.drive, module.gates, module.candidate)]
    torch.testing.assert_close(module(draw())[1], 0.5 * torch.stack(squares).sum())


def test_a_kernel_without_a_middle_is_refused():
    with pytest.raises(ValueError, match="expected an odd number, which has a middle, got 4"):
        ConvGru(kernel_px=4)


def test_a_warmup_that_leaves_nothing_is_refused():
    expected = "core.warmup: expected fewer than the 5 time steps of the features, got 5"
    with pytest.raises(sysid.SysidError, match=expected):
        build(warmup=5)
