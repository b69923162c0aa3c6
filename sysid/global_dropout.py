"""Dropout over a batch that several processes share."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sysid.normal import draw_rows

Dropout = nn.Dropout | nn.Dropout1d | nn.Dropout2d | nn.Dropout3d


class GlobalDropout(nn.Module):
    """Drop what one process would drop, in the place of one of torch's dropouts, which all scale by a mask.

    Each process draws the mask of the whole batch and keeps its rows.
    """

    def __init__(self, local: Dropout):
        super().__init__()
        self.local = local
        self.train(local.training)

    def forward(self, values: Float[Tensor, "row *axes"]) -> Float[Tensor, "row *axes"]:
        """Return values times a mask of zeros and 1/(1 − p) in training, nothing but values in evaluation."""
        if not self.training:
            return values
        return values * draw_rows(values, lambda whole: self.local(torch.ones_like(whole)))
