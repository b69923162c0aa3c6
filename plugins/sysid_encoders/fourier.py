"""Valid two-dimensional convolution in the Fourier domain: for kernels that are large beside the image.

The sum over a kernel's pixels becomes a product per frequency. With transforms as large as the *input*, a
valid convolution and its gradients come out without aliasing, and nothing is padded but with zeros that the
transforms leave out. docs/explanation/fourier.md derives and explains all of it.
"""

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from sysid_encoders.convolution_check import (
    check_channels,
    check_fit,
    check_kernel_size,
    check_options,
    result_dtype,
)
from sysid_encoders.correlation import correlation


class FourierConv2d(nn.Module):
    """Convolve like `torch.nn.Conv2d` without padding, stride, dilation or groups, in the Fourier domain.

    Mathieu, Henaff and LeCun (2014), arXiv:1312.5851, trained networks this way. Choose it where kernels are
    large (`sysid_encoders.convolution.choose_method` says from where on). Values, gradients of any order,
    dtypes and state dict are those of `nn.Conv2d`; half precision is computed in single and then rounded.

    Arguments and attributes are those of `nn.Conv2d`, in its order; of stride, padding, dilation, groups and
    padding mode there is one value each, its default.

    Differs:
        The maps lie in memory as row, column, image, map: flatten them by `flatten` or `reshape`, as `view`
        cannot. One pixel that is NaN or infinite makes all maps of its image NaN, as every frequency has a
        share of every pixel. Of `torch.func`, `vmap` takes what it maps over one by one.

    Attributes:
        weight: (map, channel, height, width), Kaiming uniform at the start, as in torch.
        bias: (map,), or None.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] | str = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ):
        """Take what `nn.Conv2d` takes.

        Raises:
            SysidError: channels or a kernel size that are no whole numbers from one on; another value of
                stride, padding, dilation, groups or padding mode than there is.
        """
        super().__init__()
        check_channels(in_channels=in_channels, out_channels=out_channels)
        check_options(
            stride=stride, padding=padding, dilation=dilation, groups=groups, padding_mode=padding_mode
        )
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = check_kernel_size(kernel_size)
        self.stride, self.padding, self.dilation = (1, 1), (0, 0), (1, 1)
        self.groups, self.padding_mode = 1, "zeros"
        start = nn.Conv2d(in_channels, out_channels, self.kernel_size, bias=bias, device=device, dtype=dtype)
        self.weight, self.bias = start.weight, start.bias  # drawn as torch draws them

    def forward(self, images: Shaped[Tensor, "... height width"]) -> Float[Tensor, "... map row column"]:
        """Return the feature maps of (image, channel, height, width), or of one image without its first axis.

        Raises:
            SysidError: images of another number of channels or another dtype, or smaller than the kernel.
        """
        return fourier_conv2d(images, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Say the sizes where the module is printed, as `nn.Conv2d` does."""
        without = "" if self.bias is not None else ", bias=False"
        return f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}{without}"


def fourier_conv2d(
    images: Shaped[Tensor, "... height width"],
    kernels: Shaped[Tensor, "map channel kernel_height kernel_width"],
    bias: Shaped[Tensor, " _"] | None = None,
) -> Float[Tensor, "... map row column"]:
    """Return what `torch.nn.functional.conv2d(images, kernels, bias)` does.

    The result lies in memory as row, column, image, map: `flatten` and `reshape` take it, `view` does not.
    Under autocast it has autocast's dtype. `torch.compile` leaves this out and compiles what is around it.

    Raises:
        SysidError: shapes or dtypes that do not fit, or dtypes that are not real floating point.
    """
    if torch.compiler.is_compiling():  # few large products, on threads of our own: nothing could be joined
        return torch.compiler.disable(fourier_conv2d)(images, kernels, bias)
    check_fit(images, kernels, bias)
    if images.dim() == 3:
        return fourier_conv2d(images[None], kernels, bias)[0]
    working = torch.float64 if images.dtype == torch.float64 else torch.float32
    maps = correlation(images.to(working), kernels.to(working), None if bias is None else bias.to(working))
    return maps.to(result_dtype(images))
