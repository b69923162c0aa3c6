"""The linear drive that neurons take from windows of the features, each from its own."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import conv1d

from sysid import Population, SysidError
from sysid_readouts.window_position import window_corners

ALIKE = 50  # weights


def unit_of(weights: int) -> float:
    """Return the unit that weights of a drive are kept in where an optimiser trains them: 50/their number.

    A step of Adam moves each weight by about the learning rate, and so a drive by more the more weights it
    has. In this unit it is as with 50 weights, so that one learning rate serves windows of any size, and an
    exponential behind the drive does not overflow.
    """
    return ALIKE / weights


def place_windows(
    population: Population, size: tuple[int, int], window_px: int
) -> Int[Tensor, "neuron pixel"]:
    """Return which pixels of the features, (height, width) in size, lie in each neuron's window, by number.

    Raises:
        SysidError: the window is larger than the features.
    """
    height, width = size
    if window_px > min(size):
        raise SysidError(
            f"readout.window_px: expected at most {min(size)}, as the features are "
            f"{height}×{width}, got {window_px}"
        )
    if torch.empty(0).device.type == "meta":  # shapes alone: no STA is computed for a module without memory
        return torch.zeros(population.count, window_px**2, dtype=torch.long)
    corners = torch.tensor(window_corners(population, size, window_px).tolist())
    within = torch.arange(window_px)
    row = corners[:, 0, None, None] + within[:, None]
    column = corners[:, 1, None, None] + within
    return (row * width + column).flatten(1)  # neuron height·width


def window_drive(
    features: Float[Tensor, "batch time channel height width"],
    weight: Float[Tensor, "neuron lag channel window_height window_width"],
    bias: Float[Tensor, " neuron"],
    pixels: Int[Tensor, "neuron pixel"],
) -> Float[Tensor, "batch step neuron"]:
    """Return weight·window + bias of each neuron for every step that has a whole window of time."""
    place = pixels[:, None, None].expand(-1, *weight.shape[1:3], -1)
    frame = weight.new_zeros(*place.shape[:3], features.shape[3] * features.shape[4])
    kernel = frame.scatter(3, place, weight.flatten(3)).flatten(2).movedim(1, 2)  # neuron feature time
    drive = conv1d(features.flatten(2).movedim(1, 2), kernel, bias)
    return drive.movedim(1, 2)  # batch step neuron
