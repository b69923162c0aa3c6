"""Features as a sequence of steps: over the channels of each time step, or over time."""

from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from sysid import InputShape

Steps = Literal["channel", "time"]


class StepwiseCore(nn.Module):
    """Turn features into a sequence, run a transform over it, normalise its units, and turn it back.

    `steps = "channel"`: for every time step on its own, the feature maps are the steps of a sequence, each of
    height·width features; features (batch, time, step·unit, 1, 1) come out, step by step.
    `steps = "time"`: time is the sequence, each step of channel·height·width features; features
    (batch, time, unit, 1, 1) come out.

    Attributes:
        transform: forward(sequence step feature) → ((sequence step unit), penalty).
        batch_norm: over the units, or None.
    """

    def __init__(self, transform: nn.Module, steps: Steps, batch_norm: nn.BatchNorm1d | None):
        super().__init__()
        self.transform = transform
        self.steps = steps
        self.batch_norm = batch_norm

    def forward(
        self, features: Float[Tensor, "batch time channel height width"]
    ) -> tuple[Float[Tensor, "batch time unit 1 1"], Float[Tensor, ""]]:
        """Return the units' states and the transform's penalty."""
        by_channel = self.steps == "channel"
        sequences = (features.flatten(0, 1) if by_channel else features).flatten(2)  # sequence step feature
        states, penalty = self.transform(sequences)  # sequence step unit
        if self.batch_norm is not None:
            states = self.batch_norm(states.flatten(0, 1)).unflatten(0, states.shape[:2])
        if by_channel:
            states = states.unflatten(0, features.shape[:2]).flatten(2)  # batch time step·unit
        return states[..., None, None], penalty  # batch time unit 1 1


def measure_sequence(input_shape: InputShape, steps: Steps) -> tuple[int, int]:
    """Return how many steps a sequence has and how many features a step has."""
    time, channels, height, width = input_shape
    return (channels, height * width) if steps == "channel" else (time, channels * height * width)


def penalize(kernel: Float[Tensor, "unit feature"], l2: float) -> Float[Tensor, ""]:
    """Return l2·Σw²."""
    return l2 * kernel.square().sum() if l2 > 0 else kernel.new_zeros(())
