"""Predict a run's test part with fewer and fewer first kernels, along several orders."""

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from sysid import Run
from sysid_analyses.prunings.pruned_model import PrunedModel, Statistics

WINDOWS_AT_ONCE = 64  # 128 maps of 66 × 66 px are 143 MB, and a few copies of them are needed
TRAINING_BATCHES = 16  # spread over the training bins: 16 × 64 = 1024 windows


@attrs.frozen(eq=False)
class Rates:
    """Hold what one session's test bins are predicted to be.

    Attributes:
        full: (bin, neuron), with all kernels.
        pruned: (order, count, bin, neuron), with the first so many kernels of an order.
    """

    full: Float[np.ndarray, "bin neuron"]
    pruned: Float[np.ndarray, "order count bin neuron"]


def training_batches(samples: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield session and batch, up to 16 of each session, spread over the bins that the training saw."""
    for session, each in samples.items():
        count = each.count("train")
        starts = np.arange(0, count, WINDOWS_AT_ONCE)
        spread = np.linspace(0, len(starts) - 1, min(TRAINING_BATCHES, len(starts))).round().astype(int)
        for start in starts[spread].tolist():
            size = min(WINDOWS_AT_ONCE, count - start)
            if size > 1:  # one sample has no statistics
                yield session, each.batch("train", torch.arange(start, start + size))


def mean_activity(run: Run, samples: dict[str, Any]) -> Float[Tensor, " kernel"]:
    """Return the mean of every first map over training bins and positions, after the activation."""
    kernels = len(run.model.encoder.state_dict()["layers.0.convolution.weight"])
    model = PrunedModel(run.model, torch.zeros(kernels))
    total, count = torch.zeros(kernels, dtype=torch.float64), 0
    for session, batch in training_batches(samples):
        model.listen(batch, session)
        maps = model.first.heard[0]
        total += maps.sum(dim=(0, 2, 3), dtype=torch.float64)
        count += maps[:, 0].numel()
    return (total / max(count, 1)).float()


def retake_statistics(
    model: PrunedModel,
    samples: dict[str, Any],
    orders: Int[np.ndarray, "order kernel"],
    counts: Sequence[int],
) -> list[list[Statistics]]:
    """Return, by order and count, batch norm statistics behind the first layer, over training bins."""
    fresh = model.fresh_statistics()
    taken = [[fresh for _ in counts] for _ in orders]
    for session, batch in training_batches(samples):
        model.listen(batch, session)
        with model.collecting():
            for along, order in zip(taken, torch.from_numpy(orders), strict=True):
                for place, _ in enumerate(model.rates(batch, session, order, counts, along)):
                    along[place] = model.statistics()
    return taken


def predict_pruned(
    model: PrunedModel,
    samples: dict[str, Any],
    orders: Int[np.ndarray, "order kernel"],
    counts: Sequence[int],
    statistics: list[list[Statistics]] | None = None,
) -> dict[str, Rates]:
    """Predict the test bins of every session, in the order of `RunFolder.predictions`.

    Args:
        model: with what the maps of removed kernels hold.
        samples: of the run, by session.
        orders: the kernels in the order in which they are kept longest.
        counts: how many are kept, increasing.
        statistics: from `retake_statistics`; None for those of the training.
    """
    rates = {}
    for session, each in samples.items():
        full, pruned = [], []
        for batch in each.distinct_batches("test", WINDOWS_AT_ONCE):
            full.append(model.listen(batch, session).numpy())
            along = [
                list(model.rates(batch, session, order, counts, statistics[number] if statistics else ()))
                for number, order in enumerate(torch.from_numpy(orders))
            ]
            pruned.append(torch.stack([torch.stack(each) for each in along]).numpy())
        rates[session] = Rates(np.concatenate(full), np.concatenate(pruned, axis=2))
    return rates
