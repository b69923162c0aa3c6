"""Valid two-dimensional convolution in the Fourier domain: for kernels that are large beside the image.

The sum over a kernel's pixels becomes a product per frequency. With transforms as large as the *input*, a
valid convolution and its gradients come out without aliasing, and nothing is padded but with zeros that the
transforms leave out. docs/explanation/fourier.md derives and explains all of it.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sysid import SysidError
from sysid_encoders.correlation import correlation


class FourierConv2d(nn.Module):
    """Convolve like `torch.nn.Conv2d` without padding, stride, dilation or groups, in the Fourier domain.

    Mathieu, Henaff and LeCun (2014), arXiv:1312.5851, trained networks this way. Choose it where kernels are
    large (`sysid_encoders.convolution.choose_method` says from where on). Values, gradients of any order,
    dtypes and state dict are those of `nn.Conv2d`; half precision is computed in single and then rounded.

    Attributes:
        weight: (map, channel, height, width), Kaiming uniform at the start, as in torch.
        bias: (map,), or None.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ):
        super().__init__()
        start = nn.Conv2d(in_channels, out_channels, kernel_size, bias=bias, device=device, dtype=dtype)
        self.weight, self.bias = start.weight, start.bias  # drawn as torch draws them

    def forward(self, images: Float[Tensor, "... height width"]) -> Float[Tensor, "... map row column"]:
        """Return the feature maps of (image, channel, height, width), or of one image without its first axis.

        Raises:
            SysidError: images of another number of channels or another dtype, or smaller than the kernel.
        """
        return fourier_conv2d(images, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Say the sizes where the module is printed, as `nn.Conv2d` does."""
        maps, channels, height, width = self.weight.shape
        without = "" if self.bias is not None else ", bias=False"
        return f"{channels}, {maps}, kernel_size=({height}, {width}){without}"


def fourier_conv2d(
    images: Float[Tensor, "... height width"],
    kernels: Float[Tensor, "map channel kernel_height kernel_width"],
    bias: Float[Tensor, " map"] | None = None,
) -> Float[Tensor, "... map row column"]:
    """Return what `torch.nn.functional.conv2d(images, kernels, bias)` does.

    The result lies in memory as row, column, image, map. Under autocast it has autocast's dtype.

    Raises:
        SysidError: shapes or dtypes that do not fit.
    """
    check_fit(images, kernels)
    if images.dim() == 3:
        return fourier_conv2d(images[None], kernels, bias)[0]
    working = torch.float64 if images.dtype == torch.float64 else torch.float32
    maps = correlation(images.to(working), kernels.to(working), None if bias is None else bias.to(working))
    return maps.to(result_dtype(images))


def is_mixed(images: Tensor) -> bool:
    """Say whether autocast chooses the dtype: where it is on, of anything but doubles."""
    kind = images.device.type
    if images.dtype == torch.float64 or not torch.amp.is_autocast_available(kind):
        return False
    return torch.is_autocast_enabled(kind)


def result_dtype(images: Tensor) -> torch.dtype:
    """Return the dtype that `nn.Conv2d` would answer in."""
    return torch.get_autocast_dtype(images.device.type) if is_mixed(images) else images.dtype


def check_fit(images: Tensor, kernels: Tensor) -> None:
    """Refuse what cannot be convolved.

    Raises:
        SysidError: images of another rank, number of channels or dtype, or smaller than the kernel.
    """
    if images.dim() not in (3, 4) or images.shape[-3] != kernels.shape[1]:
        raise SysidError(
            f"images: expected (image, {kernels.shape[1]} channels, height, width), got {tuple(images.shape)}"
        )
    if images.shape[-2] < kernels.shape[2] or images.shape[-1] < kernels.shape[3]:
        raise SysidError(
            f"images: expected at least {kernels.shape[2]} × {kernels.shape[3]} px, the size of the kernel, "
            f"got {images.shape[-2]} × {images.shape[-1]}"
        )
    if images.dtype != kernels.dtype and not is_mixed(images):
        raise SysidError(f"images: expected {kernels.dtype}, as the kernels have, got {images.dtype}")
