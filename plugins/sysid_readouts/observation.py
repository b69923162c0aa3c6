"""The observation models of the shipped readouts, by the name a recipe gives them."""

from collections.abc import Callable
from typing import Literal, Protocol

from jaxtyping import Bool, Float
from torch import Tensor

from sysid import Population, ReadoutModule, SysidError, mse_loss, poisson_loss
from sysid_readouts.nonlinearity import Nonlinearity

Observation = Literal["poisson", "mse"]
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
OBSERVATION = 'what training minimises, averaged over recorded bins; "poisson" takes no responses below zero'
"""What the key `loss` of a readout says."""


class Observing(Protocol):
    """A readout's config with the key `loss`."""

    @property
    def loss(self) -> Observation:
        """What training minimises."""


class ObservingModule(ReadoutModule):
    """A readout whose loss its config names.

    Attributes:
        config: of the readout, set by who derives from this.
    """

    config: Observing

    def loss(
        self,
        rates: Float[Tensor, "batch time neuron"],
        responses: Float[Tensor, "batch time neuron"],
        mask: Bool[Tensor, "batch time neuron"],
    ) -> Float[Tensor, ""]:
        """Return the chosen loss, averaged over the bins where `mask` is true."""
        return loss_function(self.config.loss)(rates, responses, mask)


def loss_function(observation: Observation) -> Loss:
    """Return the loss of rates against responses where a mask is true, averaged over recorded bins."""
    return {"poisson": poisson_loss, "mse": mse_loss}[observation]


def refuse_misfit(observation: Observation, nonlinearity: Nonlinearity, population: Population) -> None:
    """Refuse responses that an observation model cannot have given, and rates that it cannot take.

    The Poisson loss, ŷ − y·log ŷ, falls without end as ŷ goes to zero where y is negative, and is not defined
    where ŷ is.

    Raises:
        SysidError: responses or rates below zero under "poisson"; the line says what fits.
    """
    if observation == "poisson" and population.lowest_response < 0:
        raise SysidError(
            f'readout.loss: expected "mse", as responses go down to {population.lowest_response:g} and '
            'counts never below zero, got "poisson"'
        )
    if observation == "poisson" and nonlinearity == "identity":
        raise SysidError(
            'readout.nonlinearity: expected one whose rates are never below zero, as the loss "poisson" '
            'needs them, or readout.loss = "mse", got "identity"'
        )
