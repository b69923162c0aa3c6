"""What the forward pass of a step changes in a model, kept so that the step can be undone."""

import torch
from torch import nn


class KeptStatistics:
    """The statistics of a model as they were, such as those of batch norm.

    Statistics are buffers of floating point, counts are single integers; other buffers, such as the pixels
    that a readout looks at, do not change and may be large.
    """

    def __init__(self, model: nn.Module):
        self.pairs = [
            (buffer, buffer.clone())
            for buffer in model.buffers()
            if buffer.is_floating_point() or not buffer.ndim
        ]

    @torch.no_grad()
    def restore(self) -> None:
        """Make them what they were."""
        for buffer, before in self.pairs:
            buffer.copy_(before)

    def broken(self) -> bool:
        """Say whether any has become NaN or infinite since."""
        return not all(bool(torch.isfinite(buffer).all()) for buffer, _ in self.pairs)
