"""A training whose numbers ran away."""

import torch

from sysid.checkpoint import TrainingState
from sysid.errors import SysidError


def broken(what: str) -> SysidError:
    """Return the error that ends a training whose numbers ran away."""
    return SysidError(
        f"training: {what}; a smaller training.learning_rate or training.gradient_clip may help"
    )


def refuse_broken_weights(state: TrainingState) -> None:
    """Stop before weights that no further step can mend are kept: the last step's loss came before them.

    Raises:
        SysidError: a weight is NaN or infinite; the line names the tensor.
    """
    for name, weights in state.model.named_parameters():
        if not torch.isfinite(weights).all():
            epoch, step = state.progress.epoch, state.progress.step - 1
            raise broken(f"{name} has weights that are NaN or infinite after epoch {epoch}, step {step}")
