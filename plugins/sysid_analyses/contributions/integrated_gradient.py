"""Integrated gradients from maps in the middle of a model to its rates."""

from collections.abc import Callable

import attrs
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

Head = Callable[[Tensor], Tensor]
"""The rest of a model: maps (image, kernel, row, column) → rates (window, neuron), differentiable."""


@attrs.frozen(eq=False)
class Attribution:
    """Hold what kernels add to responses.

    Attributes:
        contributions: (window, kernel, neuron), in expected responses.
        change: (window, neuron), response minus that to the baseline: what contributions should sum to.
    """

    contributions: Float[np.ndarray, "window kernel neuron"]
    change: Float[np.ndarray, "window neuron"]

    @property
    def error(self) -> Float[np.ndarray, "window neuron"]:
        """By how much contributions miss the change of the response (completeness)."""
        return self.contributions.sum(axis=1) - self.change


def attribute(
    head: Head,
    maps: Float[Tensor, "image kernel row column"],
    baseline: Float[Tensor, "image kernel row column"],
    steps: int,
) -> Attribution:
    """Return Σ (a − a₀) ∫ ∂r/∂a(a₀ + α(a − a₀)) dα, summed over each kernel's map.

    Sundararajan, Taly, Yan 2017, doi:10.48550/arXiv.1703.01365, Eq. 1, taken at the maps a of the first
    convolution. As that is linear, the straight path from baseline to stimulus is straight here too, so this
    is what Maheswaranathan et al. 2023, doi:10.1016/j.neuron.2023.06.007, take along the stimulus. The
    integral is a midpoint sum: exact for what is linear, its error falls with 1/steps at every rectifier that
    a path crosses.

    Args:
        head: the model behind the maps.
        maps, baseline: for the stimulus and for the grey screen; several images of one window follow one
            another.
        steps: of the sum. Each costs a pass forward, and one back for every neuron.
    """
    way = maps - baseline
    total: Tensor | None = None
    for step in range(steps):
        here = (baseline + (step + 0.5) / steps * way).requires_grad_()
        rates = head(here)
        windows, neurons = rates.shape
        found = []
        for neuron in range(neurons):  # a window's rates depend on its own maps alone
            (slope,) = torch.autograd.grad(rates[:, neuron].sum(), here, retain_graph=neuron < neurons - 1)
            by_map = (slope * way).sum(dim=(2, 3), dtype=torch.float64)
            found.append(by_map.unflatten(0, (windows, -1)).sum(dim=1))  # window kernel
        batch = torch.stack(found, dim=2) / steps
        total = batch if total is None else total + batch
    assert total is not None, "there is at least one step"
    with torch.no_grad():
        change = (head(maps).double() - head(baseline).double()).numpy()
    return Attribution(total.detach().numpy(), change)


def choose_steps(attribution: Callable[[int], Attribution], least: int, most: int, tolerance: float) -> int:
    """Return the fewest steps, doubled from `least` on up to `most`, that leave an error within a tolerance.

    The error is Σ|missed| / Σ|change| over windows and neurons.
    """
    steps = least
    while steps < most and not relative_error(attribution(steps)) <= tolerance:
        steps = min(2 * steps, most)
    return steps


def relative_error(found: Attribution) -> float:
    """Return Σ|missed| / Σ|change| over windows and neurons; 0 where no response changes, NaN without one."""
    missed, change = float(np.abs(found.error).sum()), float(np.abs(found.change).sum())
    if change == 0 and missed == 0:
        return 0.0
    return missed / change if change > 0 else float("nan")
