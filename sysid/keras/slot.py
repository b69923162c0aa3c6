"""Where the arrays of a Keras layer belong in the state dict of the shipped parts."""

from collections.abc import Callable

import attrs
import numpy as np
from jaxtyping import Int

from sysid.keras.layer import KerasLayer

Convert = Callable[[np.ndarray], np.ndarray]


def _as_it_is(array: np.ndarray) -> np.ndarray:
    return array


@attrs.frozen(eq=False)
class Slot:
    """One array of a layer.

    Attributes:
        what: it is, in words.
        shape: in the weight file.
        target: its name in the state dict of encoder, core or readout.
        convert: from Keras' axes to torch's.
        at_least: the lowest value that makes sense.
    """

    what: str
    shape: tuple[int, ...]
    target: str
    convert: Convert = _as_it_is
    at_least: float = -np.inf


@attrs.frozen(eq=False)
class WeightedLayer:
    """A Keras layer that has weights, and its arrays in the order of the file."""

    layer: KerasLayer
    slots: tuple[Slot, ...]


def convolution(layer: KerasLayer, kernel_px: int, channels: int, filters: int, target: str) -> WeightedLayer:
    """Kernel (height, width, in, out) and bias; both Keras and torch cross-correlate."""
    kernel = Slot(
        "kernel",
        (kernel_px, kernel_px, channels, filters),
        f"{target}.weight",
        lambda array: array.transpose(3, 2, 0, 1),  # out in height width
    )
    return WeightedLayer(layer, (kernel, Slot("bias", (filters,), f"{target}.bias")))


def batch_norm(layer: KerasLayer, features: int, target: str) -> WeightedLayer:
    """Gamma, beta, moving mean, moving variance."""
    names = {"gamma": "weight", "beta": "bias", "moving mean": "running_mean"}
    slots = [Slot(what, (features,), f"{target}.{name}") for what, name in names.items()]
    variance = Slot("moving variance", (features,), f"{target}.running_var", at_least=0.0)
    return WeightedLayer(layer, (*slots, variance))


def recurrence(layer: KerasLayer, features: int, units: int, gates: int, target: str) -> WeightedLayer:
    """Kernel (in, gates·units), recurrent kernel (units, gates·units), one bias.

    The gates are in the order that the shipped cores have as well: i, f, c, o and z, r, h.
    """
    rows = gates * units
    kernel = Slot("kernel", (features, rows), f"{target}.input_weight", np.transpose)
    recurrent = Slot("recurrent kernel", (units, rows), f"{target}.recurrent_weight", np.transpose)
    return WeightedLayer(layer, (kernel, recurrent, Slot("bias", (rows,), f"{target}.bias")))


def dense(layer: KerasLayer, order: Int[np.ndarray, " feature"], neurons: int, target: str) -> WeightedLayer:
    """Kernel (in, out) and bias; `order` is the number, for sysid, of each feature that Keras hands on."""
    back = np.argsort(order)
    kernel = Slot(
        "kernel",
        (len(order), neurons),
        f"{target}.weight",
        lambda array: array[back].T,  # neuron feature
    )
    return WeightedLayer(layer, (kernel, Slot("bias", (neurons,), f"{target}.bias")))


def parametric_softplus(layer: KerasLayer, neurons: int, target: str) -> WeightedLayer:
    """α, then β, whatever their names; sysid takes |α|, so that a negative α would be another function."""
    alpha = Slot("alpha", (neurons,), f"{target}.alpha", at_least=0.0)
    return WeightedLayer(layer, (alpha, Slot("beta", (neurons,), f"{target}.beta")))
