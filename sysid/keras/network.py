"""Turn a Keras architecture into tables of encoder, core and readout, and say where its weights belong."""

from typing import Literal

import attrs

from sysid.keras.architecture import Architecture
from sysid.keras.arrangement import follow, number_maps
from sysid.keras.chain import Chain
from sysid.keras.core import plan_core
from sysid.keras.encoder import plan_encoder
from sysid.keras.readout import plan_readout
from sysid.keras.slot import WeightedLayer
from sysid.recipe_overlay import Table

Part = Literal["encoder", "core", "readout"]


@attrs.frozen(eq=False)
class Network:
    """A network in sysid's words.

    Attributes:
        name: as the recipes call it: cnn, crnn_rnn, crnn_gru or crnn_lstm.
        history: frames in a window.
        height, width: of a frame in pixels.
        neurons: how many it predicts.
        tables: part → its table, as in a recipe.
        weighted: all layers with weights, in the order of the weight file.
    """

    name: str
    history: int
    height: int
    width: int
    neurons: int
    tables: dict[Part, Table]
    weighted: tuple[WeightedLayer, ...]


def plan_network(architecture: Architecture) -> Network:
    """Read convolutions, perhaps a recurrent layer, and a dense layer, as Zheng et al. 2021 stack them.

    Raises:
        SysidError: a layer that has no counterpart here, or another order; the line names file and layer.
    """
    chain = Chain(architecture)
    encoder = plan_encoder(chain, architecture.input_shape)
    core = plan_core(chain, follow(chain, number_maps(*encoder.output_shape)), encoder.output_shape)
    readout = plan_readout(chain, follow(chain, core.features))
    height, width, frames = architecture.input_shape
    use = core.table["use"]
    return Network(
        name="cnn" if use == "identity" else f"crnn_{use}",
        history=frames,
        height=height,
        width=width,
        neurons=readout.neurons,
        tables={"encoder": encoder.table, "core": core.table, "readout": readout.table},
        weighted=(*encoder.weighted, *core.weighted, *readout.weighted),
    )
