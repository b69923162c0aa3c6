"""The mean gradient of a model's rates: the local receptive field at the frames it is shown."""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor


def mean_gradient(
    rates: Callable[[Tensor], Tensor], batches: Iterable[np.ndarray]
) -> Float[np.ndarray, "lag height width neuron"]:
    """Return ∂rate/∂pixel averaged over windows: lag 0 the newest frame, per unit of the stimulus.

    For Gaussian noise it equals the spike-triggered average divided by the variance of the noise, E[∇r] =
    E[(x − µ) r] / σ² (Stein 1981, doi:10.1214/aos/1176345632), however nonlinear the model; for another
    stimulus it is the linear filter that describes the model best at the frames it is shown.

    Args:
        rates: a differentiable model, (window, lag, height, width) → (window, neuron).
        batches: windows, the oldest frame first, in batches; each costs one backward pass per neuron.
    """
    total, count = None, 0
    for windows in batches:
        stimulus = torch.from_numpy(np.asarray(windows, dtype=np.float32)).requires_grad_()
        summed = rates(stimulus).sum(dim=0)  # a window's rates depend on that window alone
        gradients = [
            torch.autograd.grad(rate, stimulus, retain_graph=True)[0].sum(dim=0).double().numpy()
            for rate in summed
        ]
        batch = np.stack(gradients)  # neuron lag height width
        total = batch if total is None else total + batch
        count += len(windows)
    assert total is not None, "there is at least one window"
    return np.moveaxis(total[:, ::-1] / count, 0, -1).copy()
