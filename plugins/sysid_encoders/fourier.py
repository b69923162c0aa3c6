"""Valid two-dimensional convolution in the Fourier domain: for kernels that are large beside the image.

The sum over a kernel's pixels becomes a product per frequency. With transforms as large as the *input*, a
valid convolution and its gradients come out without aliasing, and nothing is padded but with zeros that the
transforms leave out. docs/explanation/fourier.md derives and explains all of it.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import FunctionCtx

from sysid import SysidError
from sysid_encoders.memory_order import from_pixels, kernels_from_pixels, kernels_to_pixels, to_pixels
from sysid_encoders.spectral_product import correlate, propagate, transform


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
    maps = Correlation.apply(
        images.to(working), kernels.to(working), None if bias is None else bias.to(working)
    )
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


class Correlation(Function):
    """Return y[n, o, r, c] = bias[o] + Σ w[o, i, k, l] · x[n, i, r + k, c + l]."""

    @staticmethod
    def forward(ctx: FunctionCtx, images: Tensor, kernels: Tensor, bias: Tensor | None) -> Tensor:
        """Keep the spectrum of the images for the backward pass."""
        maps, spectrum = correlate(
            to_pixels(images), kernels_to_pixels(kernels), bias, keep=ctx.needs_input_grad[1]
        )
        ctx.save_for_backward(images, kernels, spectrum)
        return from_pixels(maps)

    @staticmethod
    def backward(ctx: FunctionCtx, grown: Tensor) -> tuple[Tensor | None, ...]:
        """Return all gradients from one transform of what comes back, or, to be derived again, one by one."""
        images, kernels, spectrum = ctx.saved_tensors
        for_images, for_kernels, for_bias = ctx.needs_input_grad
        if torch.is_grad_enabled():  # create_graph
            return (
                ImageGradient.apply(grown, kernels) if for_images else None,
                KernelGradient.apply(images, grown) if for_kernels else None,
                grown.sum((0, 2, 3)) if for_bias else None,
            )
        of_images, of_kernels, sums = propagate(
            to_pixels(grown),
            tuple(images.shape[2:]),
            kernels_to_pixels(kernels) if for_images else None,
            spectrum if for_kernels else None,
            tuple(kernels.shape[2:]),
        )
        return (
            None if of_images is None else from_pixels(of_images),
            None if of_kernels is None else kernels_from_pixels(of_kernels),
            sums if for_bias else None,
        )


class KernelGradient(Function):
    """Return Σ g[n, o, r, c] · x[n, i, r + k, c + l], the derivative of a correlation by its kernels."""

    @staticmethod
    def forward(ctx: FunctionCtx, images: Tensor, grown: Tensor) -> Tensor:
        """Correlate images with what came back to their maps."""
        ctx.save_for_backward(images, grown)
        spectrum = transform(to_pixels(images))
        height, width = (
            have - left + 1 for have, left in zip(images.shape[2:], grown.shape[2:], strict=True)
        )
        of_kernels = propagate(
            to_pixels(grown), tuple(images.shape[2:]), None, spectrum, (height, width)
        ).kernels
        assert of_kernels is not None
        return kernels_from_pixels(of_kernels)

    @staticmethod
    def backward(ctx: FunctionCtx, direction: Tensor) -> tuple[Tensor | None, ...]:
        """Return gradients by images and by what came back."""
        images, grown = ctx.saved_tensors
        for_images, for_grown = ctx.needs_input_grad
        return (
            ImageGradient.apply(grown, direction) if for_images else None,
            Correlation.apply(images, direction, None) if for_grown else None,
        )


class ImageGradient(Function):
    """Return Σ w[o, i, k, l] · g[n, o, h − k, v − l], the derivative of a correlation by its images."""

    @staticmethod
    def forward(ctx: FunctionCtx, grown: Tensor, kernels: Tensor) -> Tensor:
        """Convolve, in full, what came back with the kernels."""
        ctx.save_for_backward(grown, kernels)
        size = (grown.shape[2] + kernels.shape[2] - 1, grown.shape[3] + kernels.shape[3] - 1)
        of_images = propagate(to_pixels(grown), size, kernels_to_pixels(kernels), None).images
        assert of_images is not None
        return from_pixels(of_images)

    @staticmethod
    def backward(ctx: FunctionCtx, direction: Tensor) -> tuple[Tensor | None, ...]:
        """Return gradients by what came back and by the kernels."""
        grown, kernels = ctx.saved_tensors
        for_grown, for_kernels = ctx.needs_input_grad
        return (
            Correlation.apply(direction, kernels, None) if for_grown else None,
            KernelGradient.apply(direction, grown) if for_kernels else None,
        )
