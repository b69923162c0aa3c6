"""Turn Keras' recurrent layer into the table of a core."""

import attrs
import numpy as np
from jaxtyping import Int

from sysid.keras import slot
from sysid.keras.chain import Chain
from sysid.keras.layer import KerasLayer
from sysid.keras.normalization import read_normalization
from sysid.recipe_overlay import Table

CORES = {"SimpleRNN": ("rnn", 1), "GRU": ("gru", 3), "LSTM": ("lstm", 4)}  # kind → core, rows per unit


@attrs.frozen(eq=False)
class CorePlan:
    """A core and its weights.

    Attributes:
        table: as in a recipe.
        weighted: its layers with weights, in the order of the file.
        features: what it hands on, numbered as sysid flattens it, with the axes Keras has there.
    """

    table: Table
    weighted: tuple[slot.WeightedLayer, ...]
    features: Int[np.ndarray, "*axes"]


def plan_core(chain: Chain, features: Int[np.ndarray, "*axes"], maps: tuple[int, int, int]) -> CorePlan:
    """Take the recurrent layer and its batch norm where they come next; without one the core is `identity`.

    Args:
        chain: the layers left.
        features: numbered, as they reach this place.
        maps: (channel, height, width) of the encoder's output.

    Raises:
        SysidError: a layer without a counterpart, or one whose steps are not the feature maps, row by row.
    """
    if not chain.continues_with(*CORES):
        return CorePlan({"use": "identity"}, (), features)
    layer = chain.take(*CORES)
    use, gates = CORES[layer.kind]
    channels, height, width = maps
    pixels = height * width
    if not np.array_equal(features, np.arange(channels * pixels).reshape(channels, pixels)):
        expected = f"{channels} steps, the feature maps, each of {pixels} features, row by row"
        raise layer.refuse("input", expected, f"{features.shape} in another order")
    units = layer.count("units")
    table = {"use": use, "steps": "channel", "hidden_units": units, **_read_keys(layer)}
    weighted = [slot.recurrence(layer, pixels, units, gates, "core.transform")]
    batch_norm = chain.take_optional("BatchNormalization")
    table["batch_norm"] = batch_norm is not None
    if batch_norm is not None:
        weighted.append(slot.batch_norm(batch_norm, units, "core.batch_norm"))
        table |= read_normalization(batch_norm, axis=2)
    shown = np.arange(channels * units).reshape(channels, units)  # step unit
    return CorePlan(table, tuple(weighted), shown)


def _read_keys(layer: KerasLayer) -> Table:
    """Return the keys of a recurrent layer, after refusing what the shipped cores do not compute."""
    layer.expect("return_sequences", False, True)
    if not layer.config.get("return_sequences"):
        raise layer.refuse("return_sequences", "true", False)
    for key in ("go_backwards", "stateful"):
        layer.expect(key, False)
    layer.expect("use_bias", True)
    layer.expect("activation", "tanh")
    keys: Table = {"l2": layer.penalty("kernel_regularizer")[1]}
    if layer.kind != "SimpleRNN":
        keys["gate"] = layer.expect("recurrent_activation", "hard_sigmoid", "sigmoid")
    if layer.kind == "LSTM":
        keys["forget_bias"] = 1.0 if layer.expect("unit_forget_bias", True, False) else 0.0
    if layer.kind == "GRU":
        layer.expect("reset_after", False)
        keys |= {"reset": "before", "update": "keep"}
    return keys
