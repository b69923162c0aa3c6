"""Read the first layer's kernels out of a convolutional encoder, as filters over the stimulus."""

import numpy as np
from jaxtyping import Float
from torch import nn

WEIGHT = "layers.0.convolution.weight"  # (kernel, frame·channel, row, column), oldest frame first
GAIN = "layers.0.batch_norm.weight"  # (kernel,), where the layer has batch norm


def has_kernels(encoder: nn.Module) -> bool:
    """Tell whether an encoder begins with a two-dimensional convolution, as `conv2d` does."""
    weight = encoder.state_dict().get(WEIGHT)
    return weight is not None and weight.ndim == 4


def first_kernels(encoder: nn.Module) -> Float[np.ndarray, "kernel lag row column"]:
    """Return the first kernels of an encoder that `has_kernels`, lag 0 the newest frame.

    The stimulus has one channel. A kernel is turned over where batch norm multiplies its map by a negative
    gain, so that it is what the rectifier after it sees; with a gain of 0, as pruning leaves it, it is 0.
    """
    state = encoder.state_dict()
    kernels = state[WEIGHT].double().cpu().numpy()[:, ::-1]
    if GAIN not in state:
        return kernels
    return kernels * np.sign(state[GAIN].double().cpu().numpy())[:, None, None, None]
