"""Causal self-attention over time."""

import attrs
from torch import nn

from sysid import Core, InputShape, SysidError, key
from sysid_cores.attention_block import AttentionUnits, Block
from sysid_cores.sequence import StepwiseCore, measure_sequence


@attrs.frozen
class Attention(Core):
    """Let every time step look at itself and those before it, and take from where it finds what it looks for.

    The decoder of Vaswani et al. (2017), "Attention is all you need", Advances in Neural Information
    Processing Systems 30, arXiv:1706.03762, without its cross-attention, each layer normalised before and not
    after (Xiong et al. 2020, arXiv:2002.04745). Positions are rotary (Su et al. 2021, arXiv:2104.09864): what
    one step finds in another depends on how long ago that was, never on where the window began. Choose it
    over a recurrent core where a response depends on which earlier frames the present one resembles, as in
    adaptation to a stimulus and the response to a novel one; recurrent units have to carry all that they may
    be asked for from step to step.

    The features of a step are what attention compares, so it needs steps of time: an encoder with
    `history = "frames"`, or with `stacked_frames` below `samples.history`.

    Differs: dropout is on what a block adds, not on attention weights; keys, queries and values have no bias.
    """

    width: int = key("how many units come out, divided among the heads", default=32, at_least=2)
    heads: int = key(
        "how many questions a step asks at once; each has an even share of the width", default=4, at_least=1
    )
    blocks: int = key("attention and feed-forward layers, one after the other", default=1, at_least=1)
    feedforward_units: int = key("hidden units of each block's feed-forward layer", default=64, at_least=1)
    dropout: float = key(
        "share of what a block adds that is set to zero in training", default=0.0, at_least=0, below=1
    )
    l2: float = key("penalty on the weights from features to units, times Σw²", default=0.0, at_least=0)

    def build(self, input_shape: InputShape) -> nn.Module:
        """Make the module for features of (time, channel, height, width).

        Raises:
            SysidError: the width cannot be divided into heads of even size.
        """
        if self.width % (2 * self.heads) != 0:
            raise SysidError(
                f"core.width: expected a multiple of {2 * self.heads}, as core.heads = {self.heads} share it "
                f"and positions turn pairs of units, got {self.width}"
            )
        _, features = measure_sequence(input_shape, "time")
        blocks = [
            Block(self.width, self.heads, self.feedforward_units, self.dropout) for _ in range(self.blocks)
        ]
        return StepwiseCore(AttentionUnits(features, self.width, blocks, self.l2), "time", None)
