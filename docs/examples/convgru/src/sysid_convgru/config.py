"""The keys of the core `convgru:convgru`."""

import attrs
from torch import nn

from sysid import Core, InputShape, SysidError, key
from sysid_convgru.module import ConvGruModule


@attrs.frozen
class ConvGru(Core):
    """Run gated recurrent units over time, with convolutions in place of matrix products.

    Ballas, Yao, Pal and Courville (2016), "Delving deeper into convolutional networks for learning video
    representations", arXiv:1511.06432. The state has the layout of the feature maps, so that a place
    remembers what was there and hears of its neighbours; Sinz et al. (2018), doi:10.1101/452672, predict
    responses of visual cortex to movies with such a core. Choose it where memory is local, and where the
    readout needs to know where things are, which the state of `lstm` and `gru` does not say.

    It needs features of several time steps: an encoder with `history = "frames"`, or one with
    `stacked_frames` below `samples.history`.
    """

    channels: int = key("feature maps of the state", default=8, at_least=1)
    kernel_px: int = key(
        "height and width of all kernels, an odd number; in one frame the state of a place hears of those up "
        "to kernel_px − 1 away",
        default=3,
        unit="px of the feature maps",
        at_least=1,
    )
    warmup: int = key(
        "steps at the beginning of a window whose states are not given on, as they have seen little",
        default=0,
        unit="frames",
        at_least=0,
    )
    l2: float = key("penalty on the squared weights of all kernels", default=0.0, at_least=0)

    @kernel_px.validator
    def _check_kernel_px(self, _attribute: attrs.Attribute, value: int) -> None:
        if value % 2 == 0:
            raise ValueError(f"expected an odd number, which has a middle, got {value}")

    def build(self, input_shape: InputShape) -> nn.Module:
        """Make the module for features of (time, channel, height, width).

        Raises:
            SysidError: nothing is left of the window after the warm-up.
        """
        time, channels, _, _ = input_shape
        if self.warmup >= time:
            raise SysidError(
                f"core.warmup: expected fewer than the {time} time steps of the features, got {self.warmup}"
            )
        return ConvGruModule(channels, self.channels, self.kernel_px, self.warmup, self.l2)
