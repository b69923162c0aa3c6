"""Turn Keras' last layers into the table of a `dense` readout."""

import attrs
import numpy as np
from jaxtyping import Int

from sysid.keras import slot
from sysid.keras.chain import Chain
from sysid.keras.layer import KerasLayer
from sysid.keras.normalization import read_normalization
from sysid.recipe_overlay import Table

STATIC = ("softplus", "exponential")  # nonlinearities without weights


@attrs.frozen(eq=False)
class ReadoutPlan:
    """A readout and its weights.

    Attributes:
        table: as in a recipe.
        weighted: its layers with weights, in the order of the file; targets begin with "readout.".
        neurons: how many it predicts.
    """

    table: Table
    weighted: tuple[slot.WeightedLayer, ...]
    neurons: int


def plan_readout(chain: Chain, features: Int[np.ndarray, "*axes"]) -> ReadoutPlan:
    """Take the dense layer, its batch norm where there is one, and the nonlinearity, which end the chain.

    Activity is penalised on the drive and summed over the batch, as Keras 2.2.4 does.

    Raises:
        SysidError: a layer without a counterpart, features that are not flat, or a layer left over.
    """
    layer = chain.take("Dense")
    if features.ndim != 1:
        raise layer.refuse("input", "flat features", f"{features.ndim} axes")
    layer.expect("use_bias", True)
    neurons = layer.count("units")
    table: Table = {
        "use": "dense",
        "batch_norm": False,
        "l2": layer.penalty("kernel_regularizer")[1],
        "activity_l1": layer.penalty("activity_regularizer")[0],
        "activity_on": "drive",
        "activity_reduction": "sum",
    }
    weighted = [slot.dense(layer, features, neurons, "readout.linear")]
    own = layer.expect("activation", "linear", *STATIC)
    if own != "linear":
        table["nonlinearity"] = own
    else:
        weighted += _take_nonlinearity(chain, table, neurons)
    chain.end()
    return ReadoutPlan(table, tuple(weighted), neurons)


def _take_nonlinearity(chain: Chain, table: Table, neurons: int) -> list[slot.WeightedLayer]:
    """Take batch norm and nonlinearity, fill their keys in, and return those with weights."""
    weighted = []
    batch_norm = chain.take_optional("BatchNormalization")
    if batch_norm is not None:
        table |= {"batch_norm": True, **read_normalization(batch_norm, axis=1)}
        weighted.append(slot.batch_norm(batch_norm, neurons, "readout.batch_norm"))
    layer = chain.take("ParametricSoftplus", "Activation")
    if layer.kind == "ParametricSoftplus":
        table |= {"nonlinearity": "parametric_softplus", **_read_start(layer)}
        weighted.append(slot.parametric_softplus(layer, neurons, "readout.nonlinearity"))
    else:
        table["nonlinearity"] = layer.expect("activation", *STATIC)
    return weighted


def _read_start(layer: KerasLayer) -> Table:
    """Return α and β before training."""
    return {"alpha": layer.number("alpha_init", 0.2), "beta": layer.number("beta_init", 5.0)}
