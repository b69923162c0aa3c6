"""Layers that see the whole batch, put in for the length of a training by several processes."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from sysid.global_batch_norm import GlobalBatchNorm
from sysid.global_dropout import GlobalDropout
from sysid.process_group import group_size

REPLACEMENTS: dict[type[nn.Module], type[nn.Module]] = {
    nn.BatchNorm1d: GlobalBatchNorm,
    nn.BatchNorm2d: GlobalBatchNorm,
    nn.BatchNorm3d: GlobalBatchNorm,
    nn.Dropout: GlobalDropout,
    nn.Dropout1d: GlobalDropout,
    nn.Dropout2d: GlobalDropout,
    nn.Dropout3d: GlobalDropout,
}


@contextmanager
def global_layers(model: nn.Module) -> Iterator[None]:
    """Replace batch norm and dropout by those over a shared batch, and put the own ones back at the end.

    Weights, buffers and their names stay: a saved state does not tell how many processes there were. A single
    process trains the model as it is.
    """
    replaced = _replace(model) if group_size() > 1 else []
    try:
        yield
    finally:
        for parent, name, own in replaced:
            own.train(getattr(parent, name).training)
            setattr(parent, name, own)


def _replace(model: nn.Module) -> list[tuple[nn.Module, str, nn.Module]]:
    """Replace layers and return, for each place, its parent, its name there and what had been there."""
    places = [
        (parent, name, child)
        for parent in list(model.modules())
        for name, child in parent._modules.items()  # named_children leaves out what is there twice
        if type(child) in REPLACEMENTS
    ]
    made = {id(child): REPLACEMENTS[type(child)](child) for _, _, child in places}
    for parent, name, child in places:
        setattr(parent, name, made[id(child)])
    return places
