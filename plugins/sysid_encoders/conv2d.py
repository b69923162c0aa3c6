"""Stacked convolutions over the pixels, with the history as channels or frame by frame."""

from collections.abc import Iterable
from typing import Literal

import attrs
from jaxtyping import Float
from torch import Tensor, nn

from sysid import Encoder, InputShape, SysidError, key
from sysid_encoders.convolution import Method
from sysid_encoders.layer import ConvolutionLayer, Layer
from sysid_encoders.memory_order import by_images


@attrs.frozen
class Conv2d(Encoder):
    """Learn feature maps with layers of valid two-dimensional convolutions.

    The first layers of the retina model of McIntosh et al. 2016 (doi:10.48550/arXiv.1702.01825), and of the
    CNN and CRNN of Zheng et al. 2021 (doi:10.1016/j.patter.2021.100350). Choose it where neurons share
    subunits that repeat over the field of view.
    """

    layers: tuple[Layer, ...] = key("the layers, from the pixels on")
    history: Literal["channels", "frames"] = key(
        '"channels": the frames of a window are input channels, one image comes out per window; '
        '"frames": each frame is convolved on its own and time is kept, for a core that steps through time',
        default="channels",
    )
    stacked_frames: int | None = key(
        'history = "channels" only: how many frames are the channels of one image; left out, all of the '
        "window. With fewer, one image comes out for every place in the window, so that time is left for a "
        "core or readout that looks back: samples.history − stacked_frames + 1 steps",
        default=None,
        unit="frames",
        at_least=1,
    )
    batch_norm_momentum: float = key(
        "share of batch norm's running statistics that one batch replaces (Keras' momentum .99 is .01 here)",
        default=0.01,
        above=0.0,
        at_most=1.0,
    )
    batch_norm_epsilon: float = key("what batch norm adds to a variance", default=1e-3, above=0.0)
    method: Method = key(
        'how to convolve: "direct" as torch does, "fourier" in the Fourier domain, which is quicker where '
        'kernels are large; "auto": whichever costs less, by layer and device. Results differ by rounding',
        default="auto",
    )

    def build(self, input_shape: InputShape) -> nn.Module:
        """Make the module for windows of (time, channel, height, width).

        Raises:
            SysidError: a kernel is larger than the image it is given, or more frames are stacked than there
                are.
        """
        time, channels, height, width = input_shape
        window = self._count_stacked(time)
        channels = window * channels
        layers = []
        for index, layer in enumerate(self.layers):
            if layer.kernel_px > min(height, width):
                raise SysidError(
                    f"encoder.layers[{index}].kernel_px: expected at most {min(height, width)} "
                    f"(the image is {height}×{width} here), got {layer.kernel_px}"
                )
            layers.append(
                ConvolutionLayer(
                    layer, channels, self.batch_norm_momentum, self.batch_norm_epsilon, self.method
                )
            )
            channels = layer.channels
            height, width = height - layer.kernel_px + 1, width - layer.kernel_px + 1
        return Conv2dModule(layers, window)

    def _count_stacked(self, time: int) -> int:
        """Return how many frames are the channels of one image."""
        if self.history == "frames":
            if self.stacked_frames is not None:
                raise SysidError(
                    f'encoder.stacked_frames: expected no such key beside history = "frames", '
                    f"got {self.stacked_frames}"
                )
            return 1
        if self.stacked_frames is None:
            return time
        if self.stacked_frames > time:
            raise SysidError(
                f"encoder.stacked_frames: expected at most {time}, as samples.history says, "
                f"got {self.stacked_frames}"
            )
        return self.stacked_frames


class Conv2dModule(nn.Module):
    """Run the layers on every window of frames.

    Attributes:
        layers: as in the recipe, so that `layers.0.convolution.weight` belongs to `encoder.layers[0]`.
        window: how many frames are stacked as channels of one image; one where history = "frames".
    """

    def __init__(self, layers: Iterable[ConvolutionLayer], window: int):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.window = window

    def forward(
        self, stimulus: Float[Tensor, "batch time channel height width"]
    ) -> tuple[Float[Tensor, "batch step map row column"], Float[Tensor, ""]]:
        """Return feature maps per window, step = time − window + 1, and the penalty on all kernels.

        Raises:
            SysidError: there are fewer frames than one window has.
        """
        windows = stack_frames(stimulus, self.window)
        maps = windows.flatten(0, 1)  # batch·step stacked height width; copied only where both exceed one
        penalty = stimulus.new_zeros(())
        for layer in self.layers:
            maps, layer_penalty = layer(maps)
            penalty = penalty + layer_penalty
        return by_images(maps).unflatten(0, windows.shape[:2]), penalty  # batch step map row column


def stack_frames(
    stimulus: Float[Tensor, "batch time channel height width"], window: int
) -> Float[Tensor, "batch step stacked height width"]:
    """Make the frames of each window channels, oldest first: channel index = frame·channels + channel.

    The result shares memory with a contiguous stimulus.

    Raises:
        SysidError: there are fewer frames than one window has.
    """
    if stimulus.shape[1] < window:
        raise SysidError(f"stimulus: expected at least {window} frames, one window, got {stimulus.shape[1]}")
    windows = stimulus.unfold(1, window, 1)  # batch step channel height width frame
    return windows.movedim(-1, 2).flatten(2, 3)  # batch step frame·channel height width
