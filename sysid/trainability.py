"""Say before training what would stop it, from the model's outline alone."""

import torch

from sysid.batch_norm import has_batch_norm
from sysid.configuration import Training
from sysid.errors import SysidError
from sysid.least_squares import check_solvable
from sysid.model import Architecture, assemble
from sysid.one_step import refuse_averaged_trials
from sysid.outline import outline
from sysid.population import Population


def check_trainable(
    architecture: Architecture,
    populations: dict[str, Population],
    training: Training,
    samples: int | None,
    trials: str,
) -> None:
    """Refuse a model that the recipe's way of training cannot train; it is built on the meta device.

    Args:
        architecture: the configs.
        populations: by session.
        training: as in the recipe.
        samples: for training, where their number is known.
        trials: as in `[samples]` of the recipe.

    Raises:
        SysidError: a closed form that there is not, batch norm over a single sample, or averaged trials for
            a readout that learns from each.
    """
    shapes = outline(architecture, populations).shapes
    with torch.device("meta"):
        model = assemble(architecture, shapes, populations, seed=0)
    refuse_averaged_trials(model, trials)
    if training.method == "least_squares":
        check_solvable({"encoder": model.encoder, "core": model.core}, model.readouts.values())
    elif has_batch_norm(model) and training.batch_size < 2:
        raise SysidError("training.batch_size: expected at least 2, as the model has batch norm, got 1")
    elif has_batch_norm(model) and samples is not None and samples < 2:
        raise SysidError(f"training: expected at least 2 samples, as the model has batch norm, got {samples}")
