"""FourierConv2d against torch's own convolution."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from sysid import SysidError
from sysid_encoders import spectrum
from sysid_encoders.fourier import FourierConv2d, fourier_conv2d

# height, width, kernel height, kernel width: even and odd, smaller and larger, a kernel as large as the image
SIZES = [
    (9, 8, 3, 2),
    (8, 9, 8, 1),
    (7, 7, 1, 7),
    (6, 10, 3, 3),
    (5, 4, 2, 4),
    (3, 3, 3, 3),
    (1, 2, 1, 1),
    (2, 1, 2, 1),
    (1, 1, 1, 1),
]


def draw(*shape: int, dtype: torch.dtype = torch.float64, grad: bool = True) -> Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, dtype=torch.float64, generator=generator).to(dtype).requires_grad_(grad)


def problem(height: int, width: int, kernel_height: int, kernel_width: int) -> tuple[Tensor, Tensor, Tensor]:
    return draw(5, 2, height, width), draw(3, 2, kernel_height, kernel_width), draw(3)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("block_bytes", [1, 2000, 1 << 30])  # column by column, several, all at once
def test_values_and_gradients_are_those_of_torch(
    size: tuple[int, int, int, int], block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spectrum, "BLOCK_BYTES", block_bytes)
    inputs = problem(*size)
    ours, theirs = fourier_conv2d(*inputs), conv2d(*inputs)
    assert torch.allclose(ours, theirs, rtol=0, atol=1e-12)
    grown = draw(*theirs.shape, grad=False)
    for own, other in zip(
        torch.autograd.grad(ours, inputs, grown), torch.autograd.grad(theirs, inputs, grown), strict=True
    ):
        assert own.shape == other.shape
        assert torch.allclose(own, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", SIZES[:5])
def test_gradients_are_those_of_finite_differences(size: tuple[int, int, int, int]) -> None:
    height, width, kernel_height, kernel_width = size
    images, kernels = draw(1, 2, height, width), draw(2, 2, kernel_height, kernel_width)
    assert torch.autograd.gradcheck(fourier_conv2d, (images, kernels, draw(2)))
    assert torch.autograd.gradcheck(fourier_conv2d, (images, kernels, None))


def test_gradients_of_gradients_are_those_of_finite_differences() -> None:
    assert torch.autograd.gradgradcheck(fourier_conv2d, (draw(2, 2, 4, 5), draw(3, 2, 2, 3), draw(3)))


@pytest.mark.parametrize("wanted", [(True, False, False), (False, True, False), (False, False, True)])
def test_a_frozen_part_gets_no_gradient_and_changes_no_other(wanted: tuple[bool, bool, bool]) -> None:
    inputs = [
        part.detach().requires_grad_(want) for part, want in zip(problem(7, 6, 3, 2), wanted, strict=True)
    ]
    fourier_conv2d(*inputs).square().sum().backward()
    own = [part.grad for part in inputs]
    for part in inputs:
        part.grad = None
    conv2d(*inputs).square().sum().backward()
    for mine, part in zip(own, inputs, strict=True):
        assert (mine is None) == (part.grad is None)
        assert mine is None or torch.allclose(mine, part.grad)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_answers_in_the_dtype_it_is_given(dtype: torch.dtype) -> None:
    exact = [part.detach() for part in problem(12, 11, 5, 4)]
    rounded = [part.to(dtype).requires_grad_() for part in exact]
    maps = fourier_conv2d(*rounded)
    maps.float().sum().backward()
    assert maps.dtype == dtype
    assert {part.grad.dtype for part in rounded} == {dtype}
    tolerance = 30 * torch.finfo(dtype).eps * float(maps.detach().abs().max())
    assert torch.allclose(maps.double(), conv2d(*exact), rtol=0, atol=tolerance)


def test_is_more_exact_in_single_precision_than_torch_at_large_kernels() -> None:
    images, kernels = draw(2, 20, 60, 50, grad=False), draw(8, 20, 25, 25, grad=False)
    exact = conv2d(images, kernels)
    error = (fourier_conv2d(images.float(), kernels.float()) - exact).norm() / exact.norm()
    assert error < 1e-6


def test_follows_autocast_as_torch_does() -> None:
    images, kernels, bias = (part.detach().float() for part in problem(9, 8, 3, 2))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        ours, theirs = fourier_conv2d(images, kernels, bias), conv2d(images, kernels, bias)
        doubled = fourier_conv2d(images.double(), kernels.double(), bias.double())
    assert ours.dtype == theirs.dtype == torch.bfloat16
    assert torch.allclose(ours.float(), conv2d(images, kernels, bias), rtol=0.01, atol=0.01)
    assert doubled.dtype == torch.float64


def test_takes_what_a_layer_before_it_gives_under_autocast() -> None:
    layer = FourierConv2d(2, 3, 3)
    images = torch.randn(2, 2, 6, 7).to(torch.bfloat16)
    with torch.autocast("cpu", torch.bfloat16):
        maps = layer(images)
    assert maps.dtype == torch.bfloat16
    torch.testing.assert_close(maps.float(), layer(images.float()), rtol=0.02, atol=0.02)
    with pytest.raises(
        SysidError, match=r"images: expected torch.float32, as the kernels have, got torch.bfl"
    ):
        layer(images)


def test_backward_under_autocast_stays_exact() -> None:
    module = FourierConv2d(2, 3, (3, 2))
    images = draw(4, 2, 9, 8, dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        (ours,) = torch.autograd.grad(module(images).float().sum(), images)
    (exact,) = torch.autograd.grad(conv2d(images, module.weight, module.bias).sum(), images)
    assert torch.allclose(ours, exact, atol=1e-5)


def test_weights_can_be_exchanged_with_torch() -> None:
    ours, theirs = FourierConv2d(2, 3, (4, 5)), nn.Conv2d(2, 3, (4, 5))
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())
    images = draw(2, 2, 8, 9, dtype=torch.float32, grad=False)
    assert torch.allclose(ours(images), theirs(images), atol=1e-5)


def test_starts_with_the_weights_of_torch() -> None:
    torch.manual_seed(3)
    ours = FourierConv2d(2, 3, 4)
    torch.manual_seed(3)
    theirs = nn.Conv2d(2, 3, 4)
    assert torch.equal(ours.weight, theirs.weight)
    assert torch.equal(ours.bias, theirs.bias)


def test_is_printed_like_torch_and_has_no_bias_where_none_is_wanted() -> None:
    module = FourierConv2d(2, 3, (4, 5), bias=False)
    assert repr(module) == "FourierConv2d(2, 3, kernel_size=(4, 5), bias=False)"
    assert list(module.state_dict()) == ["weight"]
    images = draw(2, 2, 8, 9, dtype=torch.float32, grad=False)
    assert torch.allclose(module(images), conv2d(images, module.weight), atol=1e-5)


def test_takes_one_image_no_image_and_images_in_any_order_in_memory() -> None:
    images, kernels, bias = (part.detach() for part in problem(9, 8, 3, 2))
    assert torch.allclose(fourier_conv2d(images[0], kernels, bias), conv2d(images[0], kernels, bias))
    assert fourier_conv2d(images[:0], kernels, bias).shape == (0, 3, 7, 7)
    for turned in (images.transpose(2, 3), images.flip(0), images[::2], images[:1].expand(4, -1, -1, -1)):
        assert torch.allclose(fourier_conv2d(turned, kernels, bias), conv2d(turned, kernels, bias))


def test_no_image_gives_gradients_of_zero() -> None:
    images, kernels, bias = problem(9, 8, 3, 2)
    fourier_conv2d(images[:0], kernels, bias).sum().backward()
    assert not kernels.grad.any()
    assert not bias.grad.any()


def test_gives_the_same_bits_twice() -> None:
    images, kernels = draw(4, 3, 20, 22, dtype=torch.float32), draw(5, 3, 7, 8, dtype=torch.float32)
    runs = [
        torch.autograd.grad(fourier_conv2d(images, kernels).square().sum(), (images, kernels))
        for _ in range(2)
    ]
    assert torch.equal(runs[0][0], runs[1][0])
    assert torch.equal(runs[0][1], runs[1][1])


def test_trains_after_it_was_first_used_in_inference_mode() -> None:
    module = FourierConv2d(1, 1, 3).double()
    images = draw(1, 1, 17, 19, grad=False)
    with torch.inference_mode():
        module(images)
    module(images).sum().backward()
    assert module.weight.grad is not None


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_runs_on_the_meta_device(dtype: torch.dtype) -> None:
    module = FourierConv2d(2, 3, (4, 5), device="meta", dtype=dtype)
    images = torch.empty(2, 2, 8, 9, device="meta", dtype=dtype, requires_grad=True)
    maps = module(images)
    maps.sum().backward()
    assert (maps.device.type, maps.dtype, maps.shape) == ("meta", dtype, (2, 3, 5, 5))
    assert images.grad.shape == images.shape
    assert module.weight.grad.shape == module.weight.shape


def test_says_what_does_not_fit() -> None:
    module = FourierConv2d(2, 3, (4, 5))
    with pytest.raises(
        SysidError, match=r"^images: expected \(image, 2 channels, height, width\), got \(1, 3, 8, 9\)$"
    ):
        module(torch.zeros(1, 3, 8, 9))
    with pytest.raises(
        SysidError, match=r"^images: expected at least 4 × 5 px, the size of the kernel, got 8 × 4$"
    ):
        module(torch.zeros(1, 2, 8, 4))
    with pytest.raises(
        SysidError, match=r"^images: expected torch.float32, as the kernels have, got torch.float64$"
    ):
        module(torch.zeros(1, 2, 8, 9, dtype=torch.float64))
