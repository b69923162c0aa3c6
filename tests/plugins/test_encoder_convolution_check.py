"""What the convolution in the Fourier domain refuses: what torch's refuses, and what it does not offer."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d

from sysid import SysidError
from sysid_encoders.convolution_check import check_channels, check_fit, check_kernel_size
from sysid_encoders.fourier import FourierConv2d, fourier_conv2d

IMAGES, KERNELS, BIAS = torch.zeros(1, 2, 8, 9), torch.zeros(3, 2, 4, 5), torch.zeros(3)


def refusal(*parts: torch.Tensor | None) -> str:
    with pytest.raises(SysidError) as error:
        fourier_conv2d(*parts)
    return str(error.value)


@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
def test_complex_numbers_are_refused_not_halved(dtype: torch.dtype) -> None:
    for name, parts in (
        ("images", (IMAGES.to(dtype), KERNELS, BIAS)),
        ("kernels", (IMAGES, KERNELS.to(dtype), BIAS)),
        ("bias", (IMAGES, KERNELS, BIAS.to(dtype))),
    ):
        assert refusal(*parts) == (
            f"{name}: expected real floating point numbers, got {dtype}; "
            "convolve the real and the imaginary part one by one"
        )


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.bool, torch.float8_e4m3fn])
def test_numbers_that_are_not_floating_point_are_refused_not_rounded(dtype: torch.dtype) -> None:
    for name, parts in (
        ("images", (IMAGES.to(dtype), KERNELS.to(dtype), None)),
        ("kernels", (IMAGES, KERNELS.to(dtype), None)),
    ):
        assert refusal(*parts) == (
            f"{name}: expected real floating point numbers, got {dtype}; "
            f"convert them first, as in {name}.float()"
        )


def test_integers_are_refused_by_the_module_as_by_torch() -> None:
    for kind in (FourierConv2d, nn.Conv2d):
        with pytest.raises((SysidError, RuntimeError)):
            kind(2, 3, 4)(IMAGES.long())
        with torch.autocast("cpu"), pytest.raises((SysidError, RuntimeError)):
            kind(2, 3, 4)(IMAGES.long())


DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


@pytest.mark.parametrize("mixed", [False, True], ids=["plain", "autocast"])
def test_dtypes_that_torch_takes_together_are_taken_and_no_others(mixed: bool) -> None:
    with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
        for of_images in DTYPES:
            for of_kernels in DTYPES:
                for of_bias in DTYPES:
                    parts = IMAGES.to(of_images), KERNELS.to(of_kernels), BIAS.to(of_bias)
                    try:
                        expected = conv2d(*parts).dtype
                    except RuntimeError:
                        assert "as the kernels have, got torch." in refusal(*parts)
                    else:
                        assert fourier_conv2d(*parts).dtype == expected


def test_another_dtype_is_named() -> None:
    assert refusal(IMAGES.double(), KERNELS, BIAS) == (
        "images: expected torch.float32, as the kernels have, got torch.float64"
    )
    assert refusal(IMAGES, KERNELS, BIAS.double()) == (
        "bias: expected torch.float32, as the kernels have, got torch.float64"
    )


def test_shapes_that_do_not_fit_are_named() -> None:
    assert refusal(IMAGES, KERNELS, torch.zeros(1)) == "bias: expected (3,), one for each map, got (1,)"
    assert refusal(IMAGES[0, 0], KERNELS, BIAS) == (
        "images: expected (image, 2 channels, height, width), got (8, 9)"
    )
    with pytest.raises(SysidError) as error:
        check_fit(IMAGES, KERNELS[0], BIAS)
    assert str(error.value) == "kernels: expected (map, channel, kernel height, kernel width), got (2, 4, 5)"


def test_attributes_are_those_of_torch() -> None:
    options = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "padding_mode": "zeros", "bias": False}
    ours, theirs = FourierConv2d(2, 3, (4, 5), **options), nn.Conv2d(2, 3, (4, 5), **options)
    for name in ("in_channels", "out_channels", "kernel_size", "bias", *options):
        assert getattr(ours, name) == getattr(theirs, name)


def test_arguments_come_in_the_order_of_torch() -> None:
    arguments = 2, 3, 4, (1, 1), (0, 0), (1, 1), 1, False, "zeros", "meta", torch.float64
    ours, theirs = FourierConv2d(*arguments), nn.Conv2d(*arguments)
    assert ours.bias is theirs.bias is None
    assert (ours.weight.dtype, ours.weight.device) == (theirs.weight.dtype, theirs.weight.device)
    assert ours.kernel_size == theirs.kernel_size == (4, 4)


@pytest.mark.parametrize(
    ("name", "value", "only"),
    [
        ("stride", 2, "1"),
        ("stride", (1, 2), "1"),
        ("padding", 1, "0"),
        ("padding", "same", "0"),
        ("dilation", (2, 1), "1"),
        ("groups", 2, "1"),
        ("padding_mode", "circular", "'zeros'"),
    ],
)
def test_an_option_that_is_not_offered_is_named_with_the_value_that_is(
    name: str, value: object, only: str
) -> None:
    with pytest.raises(SysidError) as error:
        FourierConv2d(2, 4, 3, **{name: value})
    assert str(error.value) == (
        f"FourierConv2d: {name}: expected {only}, the only value in the Fourier domain, got {value!r}; "
        "torch.nn.Conv2d has others"
    )


@pytest.mark.parametrize("size", [0, -1, 3.0, "3", True, None, (3,), (3, 0), (3, 3, 3), (3, 2.5)])
def test_a_kernel_size_that_is_none_is_refused(size: object) -> None:
    with pytest.raises(SysidError) as error:
        check_kernel_size(size)
    assert str(error.value) == (
        f"FourierConv2d: kernel_size: expected one whole number from 1 on, or (height, width), got {size!r}"
    )


@pytest.mark.parametrize("count", [0, -2, 1.0, True, None])
def test_channels_are_whole_numbers_from_one_on(count: object) -> None:
    with pytest.raises(SysidError) as error:
        check_channels(in_channels=3, out_channels=count)
    assert str(error.value) == (
        f"FourierConv2d: out_channels: expected a whole number from 1 on, got {count!r}"
    )


def test_a_module_of_no_size_is_refused_when_it_is_made() -> None:
    for arguments in ((2, 3, 0), (2, 3, (3, -1)), (0, 3, 3), (2, 0, 3)):
        with pytest.raises(SysidError, match=r"^FourierConv2d: \w+: expected .* from 1 on"):
            FourierConv2d(*arguments)


def test_whole_numbers_of_numpy_are_sizes() -> None:
    assert check_kernel_size((np.int64(3), 2)) == (3, 2)
    assert check_kernel_size(np.int32(3)) == (3, 3)
