"""The readout `negative_binomial:negative_binomial`: another readout's rates, and counts around them."""

import math

import attrs
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from sysid import InputShape, Population, Readout, ReadoutModule, SysidError, key
from sysid_negative_binomial.likelihood import negative_binomial_loss


@attrs.frozen
class NegativeBinomial(Readout):
    """Take the rates of another readout for the means of negative binomial counts.

    Each neuron has a dispersion α of its own, which is trained: its counts have the variance μ + α·μ², as
    those of a Poisson process whose gain fluctuates from bin to bin with variance α (Goris, Movshon and
    Simoncelli 2014, doi:10.1038/nn.3711); as a likelihood for spike trains it is that of Pillow and Scott
    (2012), "Fully Bayesian inference for neural models with negative-binomial spiking", NeurIPS 25. As α goes
    to zero it becomes the Poisson likelihood. Choose it where counts of repeats vary more than their mean,
    as most do in cortex: there large counts pull less at the rates. What the rates themselves miss is in α,
    too.

    Differs: Pillow and Scott infer weights and dispersion by Bayes' rule; here gradient descent trains them.
    It is about counts. The mean of several repeats is none, and varies less: train on single trials, with
    `samples.trials = "single"`.
    """

    wrapped: Readout = key(
        "the readout whose rates are the means, a table with a `use` of its own; its rates are never below "
        "zero, and its own loss is not used"
    )
    dispersion: float = key("α of every neuron before training", default=0.3, above=0)

    def build(self, input_shape: InputShape, population: Population) -> ReadoutModule:
        """Make the module for one session's population.

        Raises:
            SysidError: responses are no counts, or what the wrapped readout says.
        """
        if population.lowest_response < 0:
            raise SysidError(
                "readout.use: expected a readout for responses below zero, as they go down to "
                f"{population.lowest_response:g} and counts never do, got the negative binomial"
            )
        try:
            wrapped = self.wrapped.build(input_shape, population)
        except SysidError as error:
            raise SysidError(str(error).replace("readout.", "readout.wrapped.")) from error
        return NegativeBinomialModule(wrapped, population.count, self.dispersion)


class NegativeBinomialModule(ReadoutModule):
    """Give the wrapped readout's rates, and own the loss.

    Attributes:
        wrapped: the readout.
        log_dispersion: (neuron,), log α.
    """

    def __init__(self, wrapped: ReadoutModule, neurons: int, dispersion: float):
        super().__init__()
        self.wrapped = wrapped
        self.log_dispersion = nn.Parameter(torch.full((neurons,), math.log(dispersion)))

    def dispersion(self) -> Float[Tensor, " neuron"]:
        """Return α of every neuron, (variance − mean)/mean² of its counts."""
        return self.log_dispersion.exp()

    def forward(
        self,
        features: Float[Tensor, "batch time channel height width"],
        behaviour: Float[Tensor, "batch history behaviour"] | None,
    ) -> tuple[Float[Tensor, "batch step neuron"], Float[Tensor, ""]]:
        """Return rates in responses per bin and the penalty, those of the wrapped readout."""
        return self.wrapped(features, behaviour)

    def loss(
        self,
        rates: Float[Tensor, "batch time neuron"],
        responses: Float[Tensor, "batch time neuron"],
        mask: Bool[Tensor, "batch time neuron"],
    ) -> Float[Tensor, ""]:
        """Return the negative log-likelihood, averaged over the bins where `mask` is true."""
        return negative_binomial_loss(rates, self.dispersion(), responses, mask)
