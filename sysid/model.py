"""A model: standardisation, encoder, core and a readout per session."""

import attrs
import torch
from jaxtyping import Float
from torch import Tensor, nn

from sysid.errors import SysidError
from sysid.interface import AutoregressiveReadout, Core, Encoder, InputShape, Readout, ReadoutModule
from sysid.population import Population
from sysid.standardization import Standardization


class Model(nn.Module):
    """Predict the responses of one or several populations from stimulus windows."""

    def __init__(
        self, standardization: Standardization, encoder: nn.Module, core: nn.Module, readouts: nn.ModuleDict
    ):
        super().__init__()
        self.standardization = standardization
        self.encoder = encoder
        self.core = core
        self.readouts = readouts

    def features(
        self, stimulus: Tensor
    ) -> tuple[Float[Tensor, "batch time channel height width"], Float[Tensor, ""]]:
        """Return what the readouts are given, and the penalties of encoder and core."""
        encoded, encoder_penalty = self.encoder(self.standardization(stimulus))
        features, core_penalty = self.core(encoded)
        return features, encoder_penalty + core_penalty

    def readout(self, session: str) -> ReadoutModule:
        """Return the readout of one session."""
        module = self.readouts[session]
        assert isinstance(module, ReadoutModule)
        return module

    def takes_earlier(self, session: str) -> bool:
        """Say whether the readout of a session learns from responses of earlier bins."""
        return isinstance(self.readouts[session], AutoregressiveReadout)

    def forward(
        self, stimulus: Tensor, behaviour: Tensor | None, session: str, earlier: Tensor | None = None
    ) -> tuple[Float[Tensor, "batch time neuron"], Float[Tensor, ""]]:
        """Return rates, (batch, time, neuron), and the sum of all penalties.

        `stimulus` is (batch, time, channel, height, width) as stored; a clip longer than the history gives
        one rate per bin that has a whole window, the last belonging to the last frame. `earlier`, (batch,
        bin, neuron), are measured responses for a readout that takes some (`AutoregressiveReadout`).
        """
        features, penalty = self.features(stimulus)
        readout = self.readouts[session]
        if earlier is not None and isinstance(readout, AutoregressiveReadout):
            rates, readout_penalty = readout.forward_given(features, behaviour, earlier)
        else:
            rates, readout_penalty = readout(features, behaviour)
        return rates, penalty + readout_penalty


@attrs.frozen
class Architecture:
    """The configs a model is made of, and the shape of what it is given."""

    encoder: Encoder
    core: Core
    readout: Readout
    input_shape: InputShape


def assemble(
    architecture: Architecture,
    shapes: tuple[InputShape, InputShape],
    populations: dict[str, Population],
    seed: int,
) -> Model:
    """Make the model on the CPU with weights drawn from `seed`; the same seed gives the same weights.

    `shapes` are the outputs of encoder and core (see `sysid.outline.outline`).

    Raises:
        SysidError: a session whose name torch cannot give to a module.
    """
    taken = dir(nn.ModuleDict())
    for session in populations:
        if not session or "." in session or session in taken:
            raise SysidError(
                f'session "{session}": expected another name; torch has its own use for this one'
            )
    torch.manual_seed(seed)
    encoder = architecture.encoder.build(architecture.input_shape)
    core = architecture.core.build(shapes[0])
    readouts = nn.ModuleDict(
        {
            session: architecture.readout.build(shapes[1], population)
            for session, population in populations.items()
        }
    )
    return Model(Standardization(architecture.input_shape[1]), encoder, core, readouts)


def count_parameters(module: nn.Module) -> int:
    """Count the numbers that training changes."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)
