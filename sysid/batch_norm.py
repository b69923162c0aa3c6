"""Batch norm statistics that fit the weights as they are now."""

from collections.abc import Iterable

import torch
from torch import nn

from sysid.global_batch_norm import GlobalBatchNorm
from sysid.kept_statistic import KeptStatistics
from sysid.model import Model
from sysid.sample import SessionSamples
from sysid.shared_batch import share_batch

BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d | GlobalBatchNorm
STEPS_TO_FORGET = 1000  # (1 − .01)^1000 = 4e-5 of the initial statistics are left at momentum .01
BATCHES = 16  # enough for statistics over 16 × 64 samples


def has_batch_norm(model: nn.Module) -> bool:
    """Say whether a model has any batch norm."""
    return next(_layers(model), None) is not None


def _layers(model: nn.Module) -> Iterable[nn.Module]:
    return (module for module in model.modules() if isinstance(module, BatchNorm))


@torch.no_grad()
def recompute_batch_norm(model: Model, sessions: dict[str, SessionSamples], batch_size: int) -> None:
    """Replace running statistics by plain averages over up to 16 batches spread over the training bins.

    With Keras' momentum of .99 the initial statistics still weigh half after 60 steps, so an early
    validation would judge weights with statistics that are not theirs. Noise and dropout stay off. A batch
    that makes statistics NaN or infinite is left out: training stopped at it, or left it out as well.
    """
    layers = [module for module in model.modules() if isinstance(module, BatchNorm)]
    momenta = [layer.momentum for layer in layers]
    model.eval()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # torch's word for a cumulative average
        layer.train()
    for session, samples in sessions.items():
        count = samples.count("train")
        starts = torch.arange(0, count, batch_size)
        chosen = starts[torch.linspace(0, len(starts) - 1, min(BATCHES, len(starts))).round().long()]
        for start in chosen.tolist():
            size = min(batch_size, count - start)
            if size > 1 or count == 1:
                with share_batch(size) as own:
                    batch = samples.batch("train", torch.arange(start, start + size)[own])
                    before = KeptStatistics(model)
                    model(batch.stimulus, batch.behaviour, session)
                    if before.broken():
                        before.restore()
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    model.eval()
