"""What a model will look like, found on the meta device: no memory, no arithmetic."""

import attrs
import torch
from torch import Tensor, nn

from sysid.errors import SysidError
from sysid.interface import InputShape
from sysid.model import Architecture, count_parameters
from sysid.population import Population

PROBE_BATCH = 2  # one element would hide a part that drops its batch axis


@attrs.frozen
class LayerOutline:
    """One layer of a part.

    Attributes:
        name: in the state dict.
        kind: its class.
        output_shape: without the batch axis, which holds time as well where a layer sees frame by frame.
        parameters: how many numbers training changes.
        activations: how many numbers it puts out for one sample, all its frames together.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    activations: int


@attrs.frozen
class PartOutline:
    """One part: its output, (time, channel, height, width) or (time, neuron), and its layers."""

    part: str
    output_shape: tuple[int, ...]
    parameters: int
    layers: tuple[LayerOutline, ...]


@attrs.frozen
class Outline:
    """All parts of a model, in the order data passes them: encoder, core, one readout per session."""

    parts: tuple[PartOutline, ...]

    @property
    def shapes(self) -> tuple[InputShape, InputShape]:
        """Outputs of encoder and core, (time, channel, height, width)."""
        encoder, core = (part.output_shape for part in self.parts[:2])
        return _as_input(encoder), _as_input(core)

    @property
    def parameters(self) -> int:
        """How many numbers training changes."""
        return sum(part.parameters for part in self.parts)

    @property
    def activations(self) -> int:
        """How many numbers the layers put out for one sample."""
        return sum(layer.activations for part in self.parts for layer in part.layers)

    @property
    def largest_activation(self) -> int:
        """How many numbers the largest layer puts out for one sample."""
        return max((layer.activations for part in self.parts for layer in part.layers), default=0)


def outline(architecture: Architecture, populations: dict[str, Population]) -> Outline:
    """Run every part once on the meta device, in evaluation mode, on a batch of two.

    Raises:
        SysidError: a part whose output is not (batch, time, channel, height, width), or, for a readout,
            (batch, time, neuron); or what the part itself says is wrong.
    """
    parts: list[PartOutline] = []
    shape = architecture.input_shape
    history = architecture.input_shape[0]
    with torch.device("meta"), torch.no_grad():
        for name, config in (("encoder", architecture.encoder), ("core", architecture.core)):
            parts.append(_part(name, config.build(shape), (torch.empty(PROBE_BATCH, *shape),), None))
            shape = _as_input(parts[-1].output_shape)
        for session, population in populations.items():
            name = "readout" if len(populations) == 1 else f"readout {session}"
            module = architecture.readout.build(shape, population)
            channels = len(population.behaviour)
            behaviour = torch.empty(PROBE_BATCH, history, channels) if channels else None
            parts.append(_part(name, module, (torch.empty(PROBE_BATCH, *shape), behaviour), population.count))
    return Outline(tuple(parts))


def _part(
    name: str, module: nn.Module, inputs: tuple[Tensor | None, ...], neurons: int | None
) -> PartOutline:
    layers: list[LayerOutline] = []

    def note(layer_name: str) -> object:
        def hook(layer: nn.Module, _inputs: object, output: object) -> None:
            if isinstance(output, Tensor) and output.dim() > 0:
                layers.append(
                    LayerOutline(
                        layer_name,
                        type(layer).__name__,
                        tuple(output.shape[1:]),
                        count_parameters(layer),
                        output.numel() // PROBE_BATCH,
                    )
                )

        return hook

    module.eval()
    for layer_name, layer in module.named_modules():
        if layer_name and next(layer.children(), None) is None:
            layer.register_forward_hook(note(layer_name))  # type: ignore[arg-type]  # the hook's type is too wide
    output, _penalty = module(*inputs)
    if neurons is None:
        fits, expected = output.dim() == 5, "(batch, time, channel, height, width)"
    else:
        fits = output.dim() == 3 and output.shape[2] == neurons
        expected = f"(batch, time, {neurons} neurons)"
    if not fits or output.shape[0] != PROBE_BATCH:
        raise SysidError(
            f"{name}: expected an output of {expected}, "
            f"got {tuple(output.shape)} for a batch of {PROBE_BATCH}"
        )
    return PartOutline(name, tuple(output.shape[1:]), count_parameters(module), tuple(layers))


def _as_input(shape: tuple[int, ...]) -> InputShape:
    time, channel, height, width = shape
    return time, channel, height, width
