"""Two orders of the same numbers in memory: images one by one, as in torch, or pixels one by one.

Products over channels at each pixel or frequency need no transposition where pixels come first.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import FunctionCtx


def to_pixels(
    images: Float[Tensor, "image channel height width"],
) -> Float[Tensor, "height width image channel"]:
    """Return images as row, column, image, channel, contiguous; copied only where they lie otherwise."""
    pixels = images.permute(2, 3, 0, 1)
    if pixels.is_contiguous() or not images.is_contiguous():
        return pixels.contiguous()
    count, channels, height, width = images.shape
    flat = images.view(count * channels, height * width)
    return flat.t().contiguous().view(height, width, count, channels)  # torch is quick at flat transposes


def from_pixels(
    pixels: Float[Tensor, "height width image channel"],
) -> Float[Tensor, "image channel height width"]:
    """Return a view in torch's order of axes."""
    return pixels.permute(2, 3, 0, 1)


def kernels_to_pixels(
    kernels: Float[Tensor, "map channel height width"],
) -> Float[Tensor, "height width channel map"]:
    """Return kernels as row, column, channel, map, contiguous."""
    return kernels.permute(2, 3, 1, 0).contiguous()


def empty_images(
    like: Tensor, count: int, channels: int, height: int, width: int
) -> Float[Tensor, "image channel height width"]:
    """Return room for images that lie in memory as row, column, image, channel.

    It is no view of anything: torch lets nobody write into a view that a function of our own returns.
    """
    size, order = (count, channels, height, width), (2, 3, 0, 1)
    return torch.empty_permuted(size, order, dtype=like.dtype, device=like.device)


def empty_kernels(
    like: Tensor, maps: int, channels: int, height: int, width: int
) -> Float[Tensor, "map channel height width"]:
    """Return room for kernels that lie in memory as row, column, channel, map; no view either."""
    size, order = (maps, channels, height, width), (2, 3, 1, 0)
    return torch.empty_permuted(size, order, dtype=like.dtype, device=like.device)


def is_by_pixels(maps: Float[Tensor, "image map row column"]) -> bool:
    """Say whether maps lie in memory as row, column, image, map, as `fourier_conv2d` leaves them, alone."""
    return maps.permute(2, 3, 0, 1).is_contiguous() and not maps.is_contiguous()


def by_images(maps: Float[Tensor, "image map row column"]) -> Float[Tensor, "image map row column"]:
    """Return maps contiguous in memory, as parts that flatten them need."""
    return ByImages.apply(maps) if is_by_pixels(maps) else maps.contiguous()


class ByImages(Function):
    """Put images first in memory; what comes back is put in the order of the maps, pixels first."""

    @staticmethod
    def forward(ctx: FunctionCtx, maps: Tensor) -> Tensor:
        """Return the same maps, images first."""
        flat = maps.permute(2, 3, 0, 1).flatten(2).flatten(0, 1)  # row·column image·map
        turned = maps.new_empty(maps.shape)
        turned.flatten(0, 1).flatten(1).copy_(flat.t())  # torch is quick at flat transposes
        return turned

    @staticmethod
    def backward(ctx: FunctionCtx, grown: Tensor) -> Tensor:
        """Return the same numbers, pixels first."""
        return from_pixels(to_pixels(grown))


def normalize_maps(
    maps: Float[Tensor, "image map row column"], batch_norm: nn.Module
) -> Float[Tensor, "image map row column"]:
    """Apply batch norm, to which images, rows and columns are alike, in an order that torch is quick at."""
    if not is_by_pixels(maps):
        return batch_norm(maps)
    return batch_norm(maps.permute(2, 1, 3, 0)).permute(3, 1, 0, 2)  # row map column image, channels last
