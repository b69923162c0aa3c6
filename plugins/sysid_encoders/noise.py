"""Noise that is there in training only."""

from jaxtyping import Float
from torch import Tensor, nn

from sysid import add_normal


class GaussianNoise(nn.Module):
    """Add white Gaussian noise to every value in training, nothing in evaluation."""

    def __init__(self, sd: float):
        super().__init__()
        self.sd = sd

    def forward(self, values: Float[Tensor, "*axes"]) -> Float[Tensor, "*axes"]:
        """Return values + N(0, sd²), drawn from torch's global generator."""
        return add_normal(values, self.sd) if self.training else values

    def extra_repr(self) -> str:
        """Say the standard deviation where the module is printed."""
        return f"sd={self.sd:g}"
