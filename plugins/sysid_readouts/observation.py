"""The observation models of the shipped readouts, by the name a recipe gives them."""

from collections.abc import Callable
from typing import Literal

from torch import Tensor

from sysid import Population, SysidError, mse_loss, poisson_loss
from sysid_readouts.nonlinearity import Nonlinearity

Observation = Literal["poisson", "mse"]
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


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
