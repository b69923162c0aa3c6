"""Which way to convolve: directly, or in the Fourier domain."""

from typing import Literal, NamedTuple

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv2d

from sysid_encoders.fourier import FourierConv2d, fourier_conv2d

Method = Literal["auto", "direct", "fourier"]

TYPICAL_IMAGES = 32  # in a step: the choice must not depend on the batch
GPU_MARGIN = 4.0  # how many times less arithmetic the Fourier domain has to need on a GPU: a cautious guess


class Geometry(NamedTuple):
    """Say what a layer convolves: channels in and out, size of the images, size of the kernels.

    A tuple, as torch's compiler can make one while it goes through `AutoConv2d`.
    """

    channels: int
    maps: int
    height: int
    width: int
    kernel_height: int
    kernel_width: int

    @property
    def map_pixels(self) -> int:
        """How many pixels one feature map has."""
        return (self.height - self.kernel_height + 1) * (self.width - self.kernel_width + 1)

    @property
    def frequencies(self) -> int:
        """How many complex frequencies the transform of one image has."""
        return self.height * (self.width // 2 + 1)

    def direct_operations(self) -> float:
        """Count additions and multiplications of a training step, per image: forward and both gradients."""
        return 6.0 * self.channels * self.maps * self.map_pixels * self.kernel_height * self.kernel_width

    def fourier_operations(self, images: int) -> float:
        """Count those of `fourier_conv2d`, per image, in a step of so many."""
        rows, columns = self.height - self.kernel_height + 1, self.width - self.kernel_width + 1
        image = self.channels * self._transform_operations(self.height, self.width)
        kernel = self.channels * self.maps * self._transform_operations(self.kernel_height, self.kernel_width)
        grown = self.maps * self._transform_operations(rows, columns)
        product = 8.0 * self.channels * self.maps * self.frequencies
        return 2 * image + 2 * grown + 3 * product + 3 * kernel / images

    def _transform_operations(self, rows: int, columns: int) -> float:
        """Count those of one transform with so many rows and columns that are not zero, either way."""
        return (4.0 * rows * columns + 2.0 * rows * self.height) * (self.width // 2 + 1)


def direct_milliseconds(geometry: Geometry, images: int) -> float:
    """Estimate a training step of torch's convolution on one CPU core, as fitted by the benchmarks."""
    values = geometry.channels * geometry.height * geometry.width + geometry.maps * geometry.map_pixels
    taps = geometry.maps * geometry.map_pixels * geometry.kernel_height * geometry.kernel_width
    return images * (1.2e-8 * geometry.direct_operations() + 1.4e-7 * taps + 1.7e-6 * values)


def fourier_milliseconds(geometry: Geometry, images: int) -> float:
    """Estimate a training step of `fourier_conv2d` on one CPU core, as fitted by the benchmarks."""
    sides = images * (geometry.channels + geometry.maps) + geometry.channels * geometry.maps
    values = 2 * geometry.frequencies * sides
    return 2.7e-8 * geometry.fourier_operations(images) * images + 4.5e-6 * values + 1.3


def choose_method(geometry: Geometry, device: str) -> Literal["direct", "fourier"]:
    """Return the way that takes less time in a training step on a kind of device ("cpu", "cuda", "mps").

    On a CPU the estimated times decide; on others, which were not measured, the Fourier domain has to need
    four times less arithmetic. The choice depends on the layer alone, not on the batch, so that one run
    convolves in one way throughout.
    """
    if device in ("cuda", "mps"):
        fewer = GPU_MARGIN * geometry.fourier_operations(TYPICAL_IMAGES) < geometry.direct_operations()
        return "fourier" if fewer else "direct"
    direct = direct_milliseconds(geometry, TYPICAL_IMAGES)
    return "fourier" if fourier_milliseconds(geometry, TYPICAL_IMAGES) < direct else "direct"


class AutoConv2d(nn.Module):
    """Convolve directly or in the Fourier domain, as `choose_method` says for the device of the images.

    Parameters and state dict are those of `nn.Conv2d`.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | tuple[int, int]):
        super().__init__()
        start = nn.Conv2d(in_channels, out_channels, kernel_size)
        self.weight, self.bias = start.weight, start.bias

    def forward(
        self, images: Float[Tensor, "image channel height width"]
    ) -> Float[Tensor, "image map row column"]:
        """Return the feature maps."""
        maps, channels, kernel_height, kernel_width = self.weight.shape
        geometry = Geometry(channels, maps, *images.shape[2:], kernel_height, kernel_width)
        if choose_method(geometry, images.device.type) == "fourier":
            return fourier_conv2d(images, self.weight, self.bias)
        return conv2d(images, self.weight, self.bias)


def make_convolution(method: Method, channels: int, maps: int, kernel_px: int) -> nn.Module:
    """Make the valid cross-correlation of a layer, with torch's own first weights."""
    kinds = {"auto": AutoConv2d, "direct": nn.Conv2d, "fourier": FourierConv2d}
    return kinds[method](channels, maps, kernel_px)
