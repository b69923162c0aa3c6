"""In which order kernels are kept: by an index of their weights, or at random."""

from collections.abc import Sequence
from typing import Literal, get_args

import attrs
import numpy as np
from jaxtyping import Float, Int

from sysid_analyses.kernel import measure_kernels, rank_kernels

Index = Literal["autocorrelation", "regularity", "l1_norm"]
Rank = Literal["autocorrelation", "regularity", "l1_norm", "random"]
RANKS: tuple[Rank, ...] = get_args(Rank)
NAMES: dict[str, str] = {
    "autocorrelation": "spatial autocorrelation",
    "regularity": "temporal regularity",
    "l1_norm": "L1 norm",
    "random": "chance",
}


@attrs.frozen(eq=False)
class Orders:
    """Hold several orders of the same kernels.

    Attributes:
        rank: what each is ranked by.
        draw: which random order, 0 elsewhere.
        kernels: (order, kernel), kernel numbers, the one kept longest first.
        undefined: indices that these kernels do not have, so that they cannot be ranked by them.
    """

    rank: tuple[str, ...]
    draw: tuple[int, ...]
    kernels: Int[np.ndarray, "order kernel"]
    undefined: tuple[str, ...]


def order_kernels(
    kernels: Float[np.ndarray, "kernel lag row column"], ranks: Sequence[Rank], draws: int, seed: int
) -> Orders:
    """Rank kernels on their weights alone: largest index first, or `draws` times at random."""
    measured = measure_kernels(kernels)
    rank: list[str] = []
    draw: list[int] = []
    orders: list[np.ndarray] = []
    undefined = []
    for name in dict.fromkeys(ranks):
        if name == "random":
            shuffled = random_orders(len(kernels), draws, np.random.default_rng(seed))
        elif np.isfinite(getattr(measured, name)).any():
            shuffled = rank_kernels(getattr(measured, name))[None]
        else:
            undefined.append(name)
            continue
        rank += [name] * len(shuffled)
        draw += range(len(shuffled))
        orders += list(shuffled)
    found = np.stack(orders) if orders else np.zeros((0, len(kernels)), dtype=np.int64)
    return Orders(tuple(rank), tuple(draw), found, tuple(undefined))


def random_orders(kernels: int, draws: int, generator: np.random.Generator) -> Int[np.ndarray, "draw kernel"]:
    """Return so many random orders of the kernels."""
    return generator.permuted(np.tile(np.arange(kernels), (draws, 1)), axis=1)
