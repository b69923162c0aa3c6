"""Behaviour as a multiplicative gain on every neuron's rate."""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sysid import Population, SysidError

BehaviourUse = Literal["none", "gain"]
BEHAVIOUR = (
    '"gain": each rate is multiplied by exp(w·z), z the standardised behaviour of the same bin; "none": '
    "behaviour is not used"
)
BEHAVIOUR_L2 = "penalty on the squared weights of the gain, averaged over neurons"
"""What the keys `behaviour` and `behaviour_l2` of a readout say."""


class Gain(nn.Module):
    """Multiply rates by exp(w·z), z the standardised behaviour of the same bin, w (neuron, channel) trained.

    Running scales the responses of neurons in mouse visual cortex and leaves their tuning as it is: Niell and
    Stryker (2010), Neuron 65(4) 472–479, doi:10.1016/j.neuron.2010.01.033. A gain common to what a neuron
    responds to explains much of its variability: Goris, Movshon and Simoncelli (2014), Nature Neuroscience
    17(6) 858–865, doi:10.1038/nn.3711. The exponential keeps it positive. Ours in this form.

    z has zero mean and unit standard deviation over the training bins; a value that was not measured counts
    as the mean, so it changes nothing. Mean and sd are kept with the weights.
    """

    mean: Tensor
    sd: Tensor

    def __init__(
        self,
        neurons: int,
        mean: Float[Tensor, " channel"],
        sd: Float[Tensor, " channel"],
        l2: float,
    ):
        super().__init__()
        self.l2 = l2
        self.register_buffer("mean", mean)
        self.register_buffer("sd", sd)
        self.weight = nn.Parameter(torch.zeros(neurons, len(mean)))

    def forward(
        self,
        rates: Float[Tensor, "batch step neuron"],
        behaviour: Float[Tensor, "batch time channel"] | None,
    ) -> Float[Tensor, "batch step neuron"]:
        """Return rates times their gain; without behaviour it is the average one, whose gain is 1.

        Time is right-aligned: the last step of the rates belongs to the last of the behaviour.
        """
        if behaviour is None:
            return rates
        seen = behaviour[:, -rates.shape[1] :].to(self.mean.dtype)
        z = torch.nan_to_num((seen - self.mean) / self.sd, nan=0.0)  # batch step channel
        return rates * (z @ self.weight.T).exp()

    def penalty(self) -> Float[Tensor, ""]:
        """Return l2·Σw², averaged over neurons as the loss is."""
        return self.l2 * self.weight.square().sum() / max(len(self.weight), 1)


def make_gain(use: BehaviourUse, l2: float, population: Population) -> Gain | None:
    """Make the gain of a population, or none where behaviour is not used.

    Raises:
        SysidError: it is to be used and the recording carries none.
    """
    if use == "none":
        return None
    if not population.behaviour:
        raise SysidError(
            'readout.behaviour: expected "none", as the recording carries no behaviour (a key of the dataset '
            f'may name some), got "{use}"'
        )
    mean, sd = (
        torch.tensor(values.tolist()) for values in (population.behaviour_mean, population.behaviour_sd)
    )
    return Gain(population.count, mean, sd, l2)


def modulate(
    gain: Gain | None,
    rates: Float[Tensor, "batch step neuron"],
    behaviour: Float[Tensor, "batch time channel"] | None,
) -> tuple[Float[Tensor, "batch step neuron"], Float[Tensor, ""]]:
    """Return rates times their gain, and the penalty on it; rates as they are where there is none."""
    if gain is None:
        return rates, rates.new_zeros(())
    return gain(rates, behaviour), gain.penalty()
