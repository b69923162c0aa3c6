"""Turn Keras' convolutions into the table of a `conv2d` encoder."""

from typing import Any

import attrs

from sysid.keras import slot
from sysid.keras.chain import Chain
from sysid.keras.layer import KerasLayer
from sysid.keras.normalization import read_normalization
from sysid.recipe_overlay import Table


@attrs.frozen(eq=False)
class EncoderPlan:
    """An encoder and its weights.

    Attributes:
        table: as in a recipe.
        weighted: its layers with weights, in the order of the file.
        output_shape: (channel, height, width) of its feature maps.
    """

    table: Table
    weighted: tuple[slot.WeightedLayer, ...]
    output_shape: tuple[int, int, int]


def plan_encoder(chain: Chain, input_shape: tuple[int, int, int]) -> EncoderPlan:
    """Take all convolutions from the start of the chain; `input_shape` is (height, width, frames).

    Each is convolution → batch norm → Gaussian noise → activation → dropout, all but the first optional.

    Raises:
        SysidError: none, or one that `conv2d` has no key for.
    """
    height, width, channels = input_shape
    rows: list[Table] = []
    weighted: list[slot.WeightedLayer] = []
    normalization: Table = {}
    while not rows or chain.continues_with("Conv2D"):
        target = f"encoder.layers.{len(rows)}"
        convolution = chain.take("Conv2D")
        row = _read_convolution(convolution, height, width)
        weighted.append(
            slot.convolution(
                convolution, row["kernel_px"], channels, row["channels"], f"{target}.convolution"
            )
        )
        channels = row["channels"]
        height, width = height - row["kernel_px"] + 1, width - row["kernel_px"] + 1
        if row["activation"] == "linear":
            layer = _take_normalization(chain, row)
            if layer is not None:
                weighted.append(slot.batch_norm(layer, channels, f"{target}.batch_norm"))
                _share(layer, normalization)
        dropout = chain.take_optional("Dropout")
        row["dropout"] = dropout.number("rate", 0.0) if dropout else 0.0
        rows.append(row)
    table = {"use": "conv2d", "history": "channels", "layers": rows, **normalization}
    return EncoderPlan(table, tuple(weighted), (channels, height, width))


def _read_convolution(layer: KerasLayer, height: int, width: int) -> Table:
    """Return the keys of one layer that the convolution itself knows."""
    layer.expect("strides", [1, 1])
    layer.expect("dilation_rate", [1, 1])
    layer.expect("padding", "valid")
    layer.expect("data_format", "channels_last", None)
    layer.expect("use_bias", True)
    kernel = layer.integers("kernel_size")
    if len(kernel) != 2 or kernel[0] != kernel[1] or not 1 <= kernel[0] <= min(height, width):
        raise layer.refuse("kernel_size", f"a square of at most {min(height, width)} px", list(kernel))
    l1, l2 = layer.penalty("kernel_regularizer")
    return {
        "channels": layer.count("filters"),
        "kernel_px": kernel[0],
        "batch_norm": False,
        "noise_sd": 0.0,
        "activation": layer.expect("activation", "linear", "relu", "elu", "tanh"),
        **_read_initializer(layer.config.get("kernel_initializer")),
        "l1": l1,
        "l2": l2,
    }


def _take_normalization(chain: Chain, row: Table) -> KerasLayer | None:
    """Take what may stand between a convolution and the next, fill its keys in, and return the batch norm."""
    batch_norm = chain.take_optional("BatchNormalization")
    row["batch_norm"] = batch_norm is not None
    noise = chain.take_optional("GaussianNoise")
    row["noise_sd"] = noise.number("stddev", 0.0) if noise else 0.0
    activation = chain.take_optional("Activation")
    if activation is not None:
        row["activation"] = activation.expect("activation", "linear", "relu", "elu", "tanh")
    return batch_norm


def _share(layer: KerasLayer, normalization: Table) -> None:
    """Keep the first batch norm's keys for all; another epsilon would be another network."""
    keys = read_normalization(layer, axis=3)
    first = normalization.setdefault("batch_norm_epsilon", keys["batch_norm_epsilon"])
    normalization.setdefault("batch_norm_momentum", keys["batch_norm_momentum"])
    if keys["batch_norm_epsilon"] != first:
        got = keys["batch_norm_epsilon"]
        raise layer.refuse("epsilon", f"{first:g} as in the first batch normalization", got)


def _read_initializer(initializer: Any) -> Table:
    """Return what kernels were before training; `conv2d`'s default where it knows no such distribution."""
    match initializer:
        case {"class_name": "RandomNormal", "config": {"stddev": int() | float() as sd}}:
            return {"initialization": "normal", "initialization_sd": float(f"{sd:.6g}")}
        case {"class_name": "VarianceScaling", "config": {"mode": "fan_in", "distribution": "normal"}}:
            return {"initialization": "he_normal"}
    return {}
