"""What a convolution in the Fourier domain refuses: what torch's own refuses, and what it does not offer."""

from numbers import Integral

import torch
from torch import Tensor

from sysid import SysidError

DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
ONLY = {
    "stride": (1, (1, 1)),
    "padding": (0, (0, 0), "valid"),
    "dilation": (1, (1, 1)),
    "groups": (1,),
    "padding_mode": ("zeros",),
}


def check_channels(**counts: object) -> None:
    """Refuse numbers of channels, given by name, that are no whole numbers from one on.

    Raises:
        SysidError: the line names the argument.
    """
    for name, count in counts.items():
        if not is_count(count):
            raise SysidError(f"FourierConv2d: {name}: expected a whole number from 1 on, got {count!r}")


def check_kernel_size(size: object) -> tuple[int, int]:
    """Return height and width of a kernel, given as one number or as two.

    Raises:
        SysidError: anything but one or two whole numbers from one on.
    """
    both = (size, size) if isinstance(size, Integral) else size
    if not isinstance(both, tuple | list) or len(both) != 2 or not all(is_count(each) for each in both):
        expected = "one whole number from 1 on, or (height, width)"
        raise SysidError(f"FourierConv2d: kernel_size: expected {expected}, got {size!r}")
    return int(both[0]), int(both[1])


def check_options(**options: object) -> None:
    """Refuse values of options of `torch.nn.Conv2d`, given by name, that the Fourier domain does not offer.

    Raises:
        SysidError: the line names the argument and the value there is.
    """
    for name, value in options.items():
        if value not in ONLY[name]:
            raise SysidError(
                f"FourierConv2d: {name}: expected {ONLY[name][0]!r}, the only value in the Fourier domain, "
                f"got {value!r}; torch.nn.Conv2d has others"
            )


def is_count(value: object) -> bool:
    """Say whether something is a whole number from one on."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 1


def check_fit(images: Tensor, kernels: Tensor, bias: Tensor | None) -> None:
    """Refuse what cannot be convolved.

    Raises:
        SysidError: a dtype that is not floating point, or differs where autocast does not choose one; images
            of another rank or number of channels, or smaller than the kernel; not one bias for each map.
    """
    check_dtypes(images, kernels, bias)
    if kernels.dim() != 4:
        raise SysidError(
            f"kernels: expected (map, channel, kernel height, kernel width), got {tuple(kernels.shape)}"
        )
    if images.dim() not in (3, 4) or images.shape[-3] != kernels.shape[1]:
        raise SysidError(
            f"images: expected (image, {kernels.shape[1]} channels, height, width), got {tuple(images.shape)}"
        )
    if images.shape[-2] < kernels.shape[2] or images.shape[-1] < kernels.shape[3]:
        raise SysidError(
            f"images: expected at least {kernels.shape[2]} × {kernels.shape[3]} px, the size of the kernel, "
            f"got {images.shape[-2]} × {images.shape[-1]}"
        )
    if bias is not None and bias.shape != kernels.shape[:1]:
        raise SysidError(f"bias: expected ({kernels.shape[0]},), one for each map, got {tuple(bias.shape)}")


def check_dtypes(images: Tensor, kernels: Tensor, bias: Tensor | None) -> None:
    """Refuse dtypes that torch's convolution refuses, and complex numbers.

    Raises:
        SysidError: see `check_fit`.
    """
    for name, values in (("images", images), ("kernels", kernels), ("bias", bias)):
        if values is None or values.dtype in DTYPES:
            continue
        hint = (
            "convolve the real and the imaginary part one by one"
            if values.is_complex()
            else f"convert them first, as in {name}.float()"
        )
        raise SysidError(f"{name}: expected real floating point numbers, got {values.dtype}; {hint}")
    for name, values in (("images", images), ("bias", bias)):
        if values is None or values.dtype == kernels.dtype or (is_mixed(values) and is_mixed(kernels)):
            continue
        raise SysidError(f"{name}: expected {kernels.dtype}, as the kernels have, got {values.dtype}")


def is_mixed(values: Tensor) -> bool:
    """Say whether autocast chooses the dtype: where it is on, of anything but doubles."""
    kind = values.device.type
    if values.dtype == torch.float64 or not torch.amp.is_autocast_available(kind):
        return False
    return torch.is_autocast_enabled(kind)


def result_dtype(images: Tensor) -> torch.dtype:
    """Return the dtype that `nn.Conv2d` would answer in."""
    return torch.get_autocast_dtype(images.device.type) if is_mixed(images) else images.dtype
