"""The optimiser of a training."""

import torch

from sysid.configuration import Training
from sysid.model import Model

FUSED = ("cpu", "cuda", "mps")  # devices on which torch takes an Adam step in one way through memory


def make_optimizer(model: Model, training: Training) -> torch.optim.Adam:
    """Return Adam (Kingma and Ba 2015, arXiv:1412.6980) for all weights, with ε = 1e-7 as in Keras."""
    fused = all(weights.device.type in FUSED for weights in model.parameters())
    return torch.optim.Adam(model.parameters(), lr=training.learning_rate, eps=1e-7, fused=fused)
