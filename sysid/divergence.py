"""A training whose numbers ran away: one step, or its weights."""

import math

import torch
from torch import nn

from sysid.errors import SysidError

SMALLER_STEPS = "a smaller training.learning_rate or training.gradient_clip may help"
LEAVE_OUT = 'training.on_nan = "skip" leaves such steps out'
MOST_IN_A_ROW = 10  # steps left out one after the other: what goes on like that has no good steps to come


class BrokenStepError(SysidError):
    """The loss or the gradient of one step is NaN or infinite; nothing of the step was kept."""


def broken(what: str, *remedies: str) -> SysidError:
    """Return the error that ends a training whose numbers ran away, with what may help."""
    return SysidError(f"training: {'; '.join((what, *(each for each in remedies if each)))}")


def find_broken_weights(model: nn.Module) -> str:
    """Return the name of the first weights that are NaN or infinite, or nothing.

    No further step can mend such weights: every loss comes from them.
    """
    return next((name for name, weights in model.named_parameters() if not torch.isfinite(weights).all()), "")


def find_broken_gradient(model: nn.Module) -> str:
    """Return the name of the first weights whose gradient is NaN or infinite, or nothing."""
    given = [
        (name, weights.grad)
        for name, weights in model.named_parameters()
        if weights.grad is not None and weights.numel()
    ]
    if not given:
        return ""
    largest = torch.stack([torch.linalg.vector_norm(gradient, math.inf) for _, gradient in given])
    if math.isfinite(largest.max().item()):  # NaN wins over every number
        return ""
    return given[int((~torch.isfinite(largest)).nonzero()[0])][0]
