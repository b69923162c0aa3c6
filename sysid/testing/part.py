"""A part of a model under check: how it is built, what it is given, and what it returns."""

import contextlib
from collections.abc import Callable, Iterator

import attrs
import torch
from torch import Tensor, nn

from sysid.interface import InputShape
from sysid.testing.subject import Subject

BATCH = 4
NUDGE = 0.1  # of a parameter's mean size


@attrs.frozen(eq=False)
class Inputs:
    """What a module is given.

    Attributes:
        features: (batch, time, channel, height, width); the stimulus of an encoder.
        behaviour: (batch, time, channel) of a readout where its population has some.
    """

    features: Tensor
    behaviour: Tensor | None = None

    def through(self, change: Callable[[Tensor], Tensor]) -> "Inputs":
        """Return what a function makes of each of them."""
        return Inputs(change(self.features), None if self.behaviour is None else change(self.behaviour))


@attrs.frozen(eq=False)
class Part:
    """What every check of an encoder, core or readout works on.

    Attributes:
        subject: for the sentences.
        input_shape: (time, channel, height, width) that the part is built for.
        make: builds the module as a training does.
        remake: builds it as `sysid.load_run` does, which knows less of a population.
        neurons: of a readout; None for encoder and core.
        behaviour: channels of it.
    """

    subject: Subject
    input_shape: InputShape
    make: Callable[[], nn.Module]
    remake: Callable[[], nn.Module]
    neurons: int | None = None
    behaviour: int = 0

    def build(self, seed: int = 0, *, nudged: bool = False) -> nn.Module:
        """Build the module in evaluation mode from a seed; torch's own generator stays where it was.

        `nudged` moves every parameter a little, so that what starts at zero has its say as well.
        """
        with self.subject.running("build", "build(…)"), keep_generator(seed):
            module = self.make()
            if not isinstance(module, nn.Module):
                raise TypeError(f"build returned {type(module).__name__}, which is no torch.nn.Module")
            if nudged:
                nudge(module)
        return module.eval()

    def draw(self, seed: int = 0, *, batch: int = BATCH, frames: int = 0) -> Inputs:
        """Draw standard normal inputs from a seed; without `frames` as many as the part is built for."""
        time, *rest = self.input_shape
        generator = torch.Generator().manual_seed(seed)
        features = torch.randn(batch, frames or time, *rest, generator=generator)
        if not self.behaviour:
            return Inputs(features)
        return Inputs(features, torch.randn(batch, frames or time, self.behaviour, generator=generator))

    def call(self, module: nn.Module, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Return output and penalty.

        Raises:
            TypeError: `forward` returned something else.
        """
        behaviour = () if self.neurons is None else (inputs.behaviour,)
        returned = module(inputs.features, *behaviour)
        if not (isinstance(returned, tuple) and len(returned) == 2):
            raise TypeError(f"forward returned {type(returned).__name__}, expected a pair (output, penalty)")
        for what, value in zip(("output", "penalty"), returned, strict=True):
            if not isinstance(value, Tensor):
                raise TypeError(f"forward returned a {type(value).__name__} as {what}, expected a tensor")
        return returned

    def evaluate(self, module: nn.Module, inputs: Inputs, check: str) -> Tensor:
        """Return the output without gradients; whatever is raised becomes a sentence of this check."""
        shape = tuple(inputs.features.shape)
        with self.subject.running(check, f"forward on {shape}"), torch.no_grad():
            return self.call(module, inputs)[0]


@contextlib.contextmanager
def keep_generator(seed: int) -> Iterator[None]:
    """Seed torch's generator for a `with` block and leave it as it was before."""
    before = torch.get_rng_state()
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(before)


@torch.no_grad()
def nudge(module: nn.Module) -> None:
    """Move every floating parameter by a tenth of its mean size, and one that is all zeros by about .1."""
    for parameter in module.parameters():
        if parameter.is_floating_point() and parameter.numel():
            size = float(parameter.abs().mean()) or 1.0
            parameter.add_(NUDGE * size * torch.randn(parameter.shape))
