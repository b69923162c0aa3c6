"""The observation models of the shipped readouts, by the name a recipe gives them."""

from collections.abc import Callable
from typing import Literal

from torch import Tensor

from sysid import mse_loss, poisson_loss

Observation = Literal["poisson", "mse"]
Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


def loss_function(observation: Observation) -> Loss:
    """Return the loss of rates against responses where a mask is true, averaged over recorded bins."""
    return {"poisson": poisson_loss, "mse": mse_loss}[observation]
