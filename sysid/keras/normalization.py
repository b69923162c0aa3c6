"""What a Keras batch normalization computes, as the keys that the shipped parts share."""

from sysid.keras.layer import KerasLayer
from sysid.recipe_overlay import Table


def read_normalization(layer: KerasLayer, *, axis: int) -> Table:
    """Return the keys of a batch norm over the last axis; Keras' momentum .99 is .01 in torch's words.

    Args:
        layer: with gamma and beta.
        axis: number of the last axis, counted with the batch.

    Raises:
        SysidError: it normalises another axis, or has no gamma or beta.
    """
    layer.expect("axis", -1, axis)
    layer.expect("center", True)
    layer.expect("scale", True)
    momentum = round(1 - layer.number("momentum", 0.99), 6)
    return {"batch_norm_momentum": momentum, "batch_norm_epsilon": layer.number("epsilon", 1e-3)}
