"""Draw pairings that destroy the relation of stimulus and response."""

import numpy as np

from sysid import SysidError


def draw_derangement(count: int, draw: int) -> np.ndarray:
    """Return a random order of `count` things in which none keeps its place, from seed `draw`.

    Every such order is equally likely: permutations are drawn until one has no fixed point (about e tries).

    Raises:
        SysidError: fewer than two things.
    """
    if count < 2:
        raise SysidError(
            f"dryad_mea: control: expected at least 2 sections or images to shuffle, got {count}"
        )
    generator = np.random.default_rng(draw)
    while True:
        order = generator.permutation(count)
        if (order != np.arange(count)).all():
            return order
