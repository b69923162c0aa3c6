"""Assemble the model of a configuration and bring the imported weights into it."""

import numpy as np
import torch

from sysid.errors import SysidError
from sysid.keras.configuration import Configuration
from sysid.keras.network import Network
from sysid.model import Architecture, Model, assemble
from sysid.neuron_knowledge import nameless_population
from sysid.outline import outline

KEPT = ("standardization.", "num_batches_tracked")  # in the state dict, but no weights of Keras


def make_model(network: Network, configuration: Configuration, arrays: dict[str, np.ndarray]) -> Model:
    """Assemble the model and load the arrays, whose names begin with encoder, core or readout.

    Raises:
        SysidError: the parts do not fit together, or have weights that the file does not.
    """
    session = configuration.session
    frame_shape = (1, network.height, network.width)
    populations = {session: nameless_population(network.neurons, frame_shape, network.history)}
    architecture = Architecture(
        configuration.encoder, configuration.core, configuration.readout, (network.history, *frame_shape)
    )
    model = assemble(architecture, outline(architecture, populations).shapes, populations, seed=0)
    weights = {
        name.replace("readout.", f"readouts.{session}.", 1) if name.startswith("readout.") else name: array
        for name, array in arrays.items()
    }
    state = model.state_dict()
    needed = {name for name in state if not name.startswith(KEPT[0]) and not name.endswith(KEPT[1])}
    if needed != weights.keys():
        odd = sorted(needed.symmetric_difference(weights))
        raise SysidError(f"{configuration.name}: expected other weights than the file has: {', '.join(odd)}")
    model.load_state_dict(state | {name: torch.from_numpy(array) for name, array in weights.items()})
    return model.eval()
