"""The feedback readout: another readout, and a population that acts on itself."""

import math
from typing import Literal

import attrs
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from sysid import InputShape, Population, Readout, ReadoutModule, SysidError, key


@attrs.frozen
class Feedback(Readout):
    """Multiply the rates of another readout by what the population's own earlier rates make of them.

    The coupling filters of Pillow et al. (2008), "Spatio-temporal correlations and visual signalling in a
    complete neuronal population", Nature 454 995–999, doi:10.1038/nature07140: log λ = log λ₀ + h ∗ y, λ₀ the
    rate of the wrapped readout. Zheng et al. (2021), doi:10.1016/j.patter.2021.100350, discuss feedback as
    what a model of the retina should have besides recurrence. Choose it where neurons adapt, or inhibit one
    another, with delays of a few bins.

    Differs: what is fed back, y, are the rates that the model itself predicts for earlier bins, never
    responses that were measured. Those would tell of the noise of the very trial that is scored, so that the
    score could not be held against other models' or against the ceiling that repeats set, and there would be
    no prediction for a stimulus that nobody recorded. The gain is bounded.

    It needs features of several time steps: an encoder with `history = "frames"` and a core over time, or one
    with `stacked_frames` below `samples.history`.
    """

    wrapped: Readout = key("the readout whose rates are multiplied, a table with a `use` of its own")
    lags: int = key("how many earlier bins act on a rate", default=4, unit="bins", at_least=1)
    coupling: Literal["all", "own"] = key(
        'whose earlier rates act on a neuron: "all", with neurons² × lags weights; "own", its own alone, '
        "which is adaptation and serves thousands of neurons",
        default="all",
    )
    most_gain: float = key(
        "a rate is multiplied or divided by no more than this, whatever the weights", default=10.0, above=1
    )
    coupling_l2: float = key(
        "penalty on the squared weights of the coupling, averaged over neurons", default=1e-3, at_least=0
    )

    def build(self, input_shape: InputShape, population: Population) -> ReadoutModule:
        """Make the module for one session's population.

        Raises:
            SysidError: there are no earlier steps to feed back from, or what the wrapped readout says.
        """
        time, *rest = input_shape
        if time <= self.lags:
            raise SysidError(
                f"readout.lags: expected fewer than the {time} time steps of the features, got {self.lags}; "
                "more steps come with a longer samples.history, an encoder.stacked_frames below it, or "
                'encoder.history = "frames"'
            )
        # A readout that reads all steps it was built for, as `window` does, then gives a rate for each lag.
        shape = (time - self.lags, *rest)
        try:
            wrapped = self.wrapped.build(shape, population)
        except SysidError as error:
            raise SysidError(str(error).replace("readout.", "readout.wrapped.")) from error
        return FeedbackModule(self, wrapped, population.count)


class FeedbackModule(ReadoutModule):
    """Compute λ[t] = λ₀[t]·g(Σ_l h_l λ[t−l]) from the start of a clip, λ₀ the wrapped readout's rates.

    g(x) = exp(b·tanh(x/b)) with b = log(most_gain). As it is bounded, so are rates, however long the clip.
    Before its first step there is nothing to feed back.

    Attributes:
        wrapped: the readout whose rates are multiplied.
        weight: (lag, neuron, source), lag 0 the bin before; (lag, neuron) where coupling = "own". Zeros at
            the start, so that training begins with the wrapped readout.
    """

    def __init__(self, config: Feedback, wrapped: ReadoutModule, neurons: int):
        super().__init__()
        self.wrapped = wrapped
        self.bound = math.log(config.most_gain)
        self.l2 = config.coupling_l2
        sources = (neurons,) if config.coupling == "all" else ()
        self.weight = nn.Parameter(torch.zeros(config.lags, neurons, *sources))

    def forward(
        self,
        features: Float[Tensor, "batch time channel height width"],
        behaviour: Float[Tensor, "batch history behaviour"] | None,
    ) -> tuple[Float[Tensor, "batch step neuron"], Float[Tensor, ""]]:
        """Return rates in responses per bin, for every step the wrapped readout has one, and the penalty."""
        driven, penalty = self.wrapped(features, behaviour)
        rates: list[Tensor] = []
        for rate in driven.unbind(1):
            rates.append(rate * self._gain(rates) if rates else rate)
        penalty = penalty + self.l2 * self.weight.square().sum() / max(self.weight.shape[1], 1)
        return torch.stack(rates, dim=1), penalty  # batch step neuron

    def _gain(self, rates: list[Tensor]) -> Float[Tensor, "batch neuron"]:
        """Return what the rates of earlier bins multiply the next by."""
        recent = torch.stack(rates[: -len(self.weight) - 1 : -1])  # lag batch neuron
        weight = self.weight[: len(recent)]
        if weight.dim() == 3:
            drive = torch.einsum("lbs,lns->bn", recent, weight)
        else:
            drive = (recent * weight[:, None]).sum(0)
        return (self.bound * torch.tanh(drive / self.bound)).exp()

    def loss(
        self,
        rates: Float[Tensor, "batch time neuron"],
        responses: Float[Tensor, "batch time neuron"],
        mask: Bool[Tensor, "batch time neuron"],
    ) -> Float[Tensor, ""]:
        """Return the loss of the wrapped readout, whose observation model it is."""
        return self.wrapped.loss(rates, responses, mask)
