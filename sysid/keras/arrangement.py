"""In which order Keras' reshaping layers hand features on."""

import numpy as np
from jaxtyping import Int

from sysid.keras.chain import Chain
from sysid.keras.layer import KerasLayer

RESHAPING = ("Flatten", "Permute", "Reshape")


def number_maps(channels: int, height: int, width: int) -> Int[np.ndarray, "height width channel"]:
    """Number features as sysid flattens them, channel by channel, laid out as Keras does, channels last."""
    return np.arange(channels * height * width).reshape(channels, height, width).transpose(1, 2, 0)


def follow(chain: Chain, features: Int[np.ndarray, "*axes"]) -> Int[np.ndarray, "*rearranged"]:
    """Take all reshaping layers that come next, and return the numbered features as they leave them.

    Raises:
        SysidError: a layer that does not fit what it is given.
    """
    while chain.continues_with(*RESHAPING):
        features = rearrange(chain.take(*RESHAPING), features)
    return features


def rearrange(layer: KerasLayer, features: Int[np.ndarray, "*axes"]) -> Int[np.ndarray, "*rearranged"]:
    """Return numbered features, without a batch axis, as one Flatten, Permute or Reshape leaves them.

    Raises:
        SysidError: the layer does not fit what it is given.
    """
    if layer.kind == "Flatten":
        layer.expect("data_format", "channels_last", None)
        return features.reshape(-1)  # feature
    if layer.kind == "Permute":
        dims = layer.integers("dims")  # counted from 1: 0 is the batch
        if sorted(dims) != list(range(1, features.ndim + 1)):
            raise layer.refuse("dims", f"an order of {features.ndim} axes, counted from 1", list(dims))
        return features.transpose([axis - 1 for axis in dims])
    shape = layer.integers("target_shape")
    try:
        return features.reshape(shape)
    except ValueError:
        raise layer.refuse("target_shape", f"a shape for {features.size} values", list(shape)) from None
