"""The generalised linear model: stimulus, spike history, and coupling between neurons."""

import math
from typing import Literal

import attrs
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import conv1d, pad, softplus

from sysid import AutoregressiveReadout, InputShape, Population, Readout, SysidError, key, poisson_loss
from sysid_readouts.observation import refuse_misfit
from sysid_readouts.raised_cosine import raised_cosines
from sysid_readouts.smoothness import Smoothness, WindowShape, quadratic
from sysid_readouts.window_drive import place_windows, unit_of, window_drive


@attrs.frozen
class Glm(Readout):
    """Add up a window of the stimulus, a neuron's own earlier spikes, and those of others; then Poisson.

    λ[t] = f(k∗x + b + Σ_j h_j∗y_j), the generalised linear model of Truccolo, Eden, Fellows, Donoghue and
    Brown (2005), doi:10.1152/jn.00697.2004, and of Pillow et al. (2008), "Spatio-temporal correlations and
    visual signalling in a complete neuronal population", Nature 454 995–999, doi:10.1038/nature07140. What
    such filters can produce: Weber and Pillow (2017), Neural Computation 29(12) 3260–3289,
    doi:10.1162/neco_a_01021. Filters h are sums of raised cosines. Choose it, with encoder and core
    `identity`, where a bin is short enough for refractoriness, bursts or adaptation, and to ask which neuron
    acts on which. It needs `samples.trials = "single"`.

    Training gives it the responses that were measured in earlier bins of the trial. Its scores do not: they
    are of what the stimulus alone lets one expect, as those of other models. There, y is not known, and with
    the exponential E exp(h·y) = exp(λ(e^h − 1)) for Poisson counts of known rate λ: the event-based moment
    expansion to first order of Naud and Gerstner (2012), doi:10.1371/journal.pcbi.1002711. How well it
    predicts one bin ahead of measured responses is told apart, as `one_step_ahead` in `metrics.json`.

    Differs: all filters are penalised; there is no absolute refractory period; history can multiply a rate by
    no more than `most_gain`, so that no weights let free-running rates grow without end; the softplus has the
    expected y in place of y.
    """

    window_px: int = key("width and height of the window", unit="feature pixels", default=5, at_least=1)
    lags: int = key("how many earlier bins act on a rate", default=5, unit="bins", at_least=2)
    bumps: int = key("raised cosines that a filter over earlier bins is made of", default=4, at_least=2)
    stretch: float = key(
        "time axis of the bumps is log(bins + stretch): the larger, the more alike their widths",
        unit="bins",
        default=1.0,
        above=0,
    )
    coupling: Literal["all", "own"] = key(
        'whose earlier responses act on a neuron: "all", with neurons² × bumps weights; "own", its own alone',
        default="all",
    )
    nonlinearity: Literal["exponential", "softplus"] = key(
        "from drive to rate: exp(x), whose likelihood has one maximum, or log(1 + exp(x))",
        default="exponential",
    )
    most_gain: float = key(
        "earlier responses multiply a rate by no more than this; they may silence a neuron",
        default=50.0,
        above=1,
    )
    smoothness_space: float = key(
        "weight of squared differences between neighbouring pixels in the penalty", default=1.0, at_least=0
    )
    smoothness_time: float = key(
        "weight of squared differences between neighbouring time steps in the penalty",
        default=1.0,
        at_least=0,
    )
    ridge: float = key("weight of squared weights in the penalty", default=1.0, above=0)
    strength: float = key(
        "multiplier of the penalty on the window, averaged over neurons", default=1e-3, at_least=0
    )
    history_l2: float = key(
        "penalty on squared weights of the bumps, averaged over neurons", default=1e-4, at_least=0
    )

    def build(self, input_shape: InputShape, population: Population) -> AutoregressiveReadout:
        """Make the module for one session's population.

        Raises:
            SysidError: there are no earlier steps to feed back from, more bumps than lags, the window is
                larger than the features, or responses are below zero.
        """
        refuse_misfit("poisson", self.nonlinearity, population)
        time, channels, height, width = input_shape
        if time <= self.lags:
            raise SysidError(
                f"readout.lags: expected fewer than the {time} time steps of the features, got {self.lags}; "
                "a longer samples.history gives more"
            )
        if self.bumps > self.lags:
            raise SysidError(
                f"readout.bumps: expected at most readout.lags = {self.lags}, as more are not independent, "
                f"got {self.bumps}"
            )
        pixels = place_windows(population, (height, width), self.window_px)
        # the steps that the window leaves are those that a rate in free running looks back at
        shape = WindowShape(time - self.lags, channels, self.window_px, self.window_px)
        return GlmModule(self, shape, pixels)


class GlmModule(AutoregressiveReadout):
    """Weights on each neuron's window, and on bumps over the earlier responses of its own and of others.

    Attributes:
        weight: (neuron, time, channel, height, width), the stimulus filter k in the unit of `unit_of`.
        bias: (neuron,).
        history: (bump, neuron, source), (bump, neuron) where coupling = "own". Zeros at the start, so that
            training begins with an LN model.
        basis: (bump, lag), lag 0 the bin before.
        pixels: (neuron, pixel), where each window lies.
    """

    basis: Tensor
    pixels: Tensor

    def __init__(self, config: Glm, shape: WindowShape, pixels: Tensor):
        super().__init__()
        self.config = config
        self.bound = math.log(config.most_gain)
        self.smoothness = Smoothness(config.smoothness_space, config.smoothness_time, config.ridge)
        neurons = len(pixels)
        self.register_buffer("pixels", pixels)
        self.register_buffer("basis", raised_cosines(config.bumps, config.lags, config.stretch))
        self.weight = nn.Parameter(torch.empty(neurons, *shape))
        self.unit = unit_of(shape.features)
        nn.init.normal_(
            self.weight, std=0.1 / math.sqrt(shape.features) / self.unit
        )  # a nearly constant rate
        self.bias = nn.Parameter(torch.zeros(neurons))
        sources = (neurons,) if config.coupling == "all" else ()
        self.history = nn.Parameter(torch.zeros(config.bumps, neurons, *sources))

    def stimulus_filters(self) -> Float[Tensor, "neuron time channel height width"]:
        """Return k, its last step the newest frame."""
        return self.weight * self.unit

    def history_filters(self) -> Float[Tensor, "lag neuron *source"]:
        """Return h, lag 0 the bin before: what one response adds to the drive of a neuron so much later."""
        return torch.tensordot(self.basis.T, self.history, dims=1)  # lag neuron source

    def forward(
        self,
        features: Float[Tensor, "batch time channel height width"],
        behaviour: Float[Tensor, "batch history behaviour"] | None,
    ) -> tuple[Float[Tensor, "batch step neuron"], Float[Tensor, ""]]:
        """Return what the stimulus alone lets one expect, and the penalty; behaviour is not used.

        Every step is given what is expected at the steps before it; the first has none, the last has most.
        """
        driven = window_drive(features, self.stimulus_filters(), self.bias, self.pixels)
        filters = self.history_filters()
        effect = filters.expm1() if self.config.nonlinearity == "exponential" else filters
        rates: list[Tensor] = []
        for drive in driven.unbind(1):
            rates.append(self._rate(drive, _sum_up(rates, effect)) if rates else self._rate(drive))
        return torch.stack(rates, dim=1), self._penalty()  # batch step neuron

    def forward_given(
        self,
        features: Float[Tensor, "batch time channel height width"],
        behaviour: Float[Tensor, "batch history behaviour"] | None,
        earlier: Float[Tensor, "batch bin neuron"],
    ) -> tuple[Float[Tensor, "batch step neuron"], Float[Tensor, ""]]:
        """Return rates given measured responses, for every step that all of its `lags` bins are there for.

        A bin that was not recorded counts as one without a response.
        """
        driven = window_drive(features, self.stimulus_filters(), self.bias, self.pixels)
        lags = self.config.lags
        known = pad(torch.nan_to_num(earlier).mT, (max(0, lags - earlier.shape[1]), 0))  # batch source bin
        kernel = self.history_filters().flip(0).movedim(0, -1)  # neuron source lag, the oldest first
        own = self.config.coupling == "own"
        drive = (
            conv1d(known, kernel[:, None], groups=len(kernel)) if own else conv1d(known, kernel)
        ).mT  # batch step neuron
        steps = min(drive.shape[1], driven.shape[1])
        return self._rate(driven[:, -steps:], drive[:, -steps:]), self._penalty()

    def _rate(
        self,
        drive: Float[Tensor, "batch *step neuron"],
        history: Float[Tensor, "batch *step neuron"] | None = None,
    ) -> Float[Tensor, "batch *step neuron"]:
        if history is not None:
            bounded = self.bound * torch.tanh(history.clamp(min=0) / self.bound)
            drive = drive + history.clamp(max=0) + bounded
        return drive.exp() if self.config.nonlinearity == "exponential" else softplus(drive)

    def _penalty(self) -> Float[Tensor, ""]:
        window = self.config.strength * quadratic(self.stimulus_filters(), self.smoothness)
        history = self.config.history_l2 * self.history.square().sum()
        return (window + history) / max(len(self.weight), 1)

    def loss(
        self,
        rates: Float[Tensor, "batch time neuron"],
        responses: Float[Tensor, "batch time neuron"],
        mask: Bool[Tensor, "batch time neuron"],
    ) -> Float[Tensor, ""]:
        """Return the Poisson loss, averaged over the bins where `mask` is true."""
        return poisson_loss(rates, responses, mask)


def _sum_up(
    rates: list[Tensor], effect: Float[Tensor, "lag neuron *source"]
) -> Float[Tensor, "batch neuron"]:
    """Return what the rates of earlier steps, the newest last, add to the drive of the next."""
    recent = torch.stack(rates[: -len(effect) - 1 : -1])  # lag batch source
    effect = effect[: len(recent)]
    if effect.dim() == 3:
        return torch.einsum("lbs,lns->bn", recent, effect)
    return (recent * effect[:, None]).sum(0)
