"""The penalty that keeps a window's weights small and smooth in space and time."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor


class WindowShape(NamedTuple):
    """The axes of one neuron's weights."""

    time: int
    channels: int
    height: int
    width: int

    @property
    def features(self) -> int:
        """How many weights a neuron has."""
        return self.time * self.channels * self.height * self.width


class Smoothness(NamedTuple):
    """Relative weights of the three terms of w'Pw.

    w'Pw = ridge·Σ w² + space·Σ (differences of neighbouring pixels)² + time·Σ (differences of neighbouring
    time steps)²; nothing is assumed beyond the window's border, and channels are not neighbours.
    """

    space: float
    time: float
    ridge: float


def path_laplacian(nodes: int) -> np.ndarray:
    """Return L of a chain of `nodes`, with w'Lw = Σ (w_i − w_(i+1))²."""
    differences = np.diff(np.eye(nodes), axis=0)
    return differences.T @ differences


def quadratic(
    weights: Float[Tensor, "neuron time channel height width"], smoothness: Smoothness
) -> Float[Tensor, ""]:
    """Return w'Pw summed over neurons."""
    across_space = weights.diff(dim=3).square().sum() + weights.diff(dim=4).square().sum()
    across_time = weights.diff(dim=1).square().sum()
    return (
        smoothness.ridge * weights.square().sum()
        + smoothness.space * across_space
        + smoothness.time * across_time
    )


class Whitening:
    """A change of coordinates, w = Rv, in which w'Pw = v'v, so that smooth regression becomes plain ridge.

    P is a sum of chain Laplacians along single axes, so their eigenvectors (cosines) along each axis
    diagonalise it and no features × features matrix is ever factored.
    """

    def __init__(self, smoothness: Smoothness, shape: WindowShape):
        self.shape = shape
        bases = [np.linalg.eigh(path_laplacian(nodes)) for nodes in (shape.time, shape.height, shape.width)]
        time, height, width = (np.maximum(values, 0) for values, _ in bases)
        stiffness = (
            smoothness.ridge
            + smoothness.time * time[:, None, None]
            + smoothness.space * (height[:, None] + width)
        )  # time height width
        self.bases = [torch.from_numpy(vectors) for _, vectors in bases]
        self.scale = torch.from_numpy(1 / np.sqrt(stiffness))[:, None]  # time 1 height width

    def features(self, rows: Float[Tensor, "row feature"]) -> Float[Tensor, "row feature"]:
        """Return rows x as z with x·w = z·v, in double precision."""
        axes = rows.double().unflatten(1, tuple(self.shape))
        return (torch.einsum("ntchw,tu,hi,wj->nucij", axes, *self.bases) * self.scale).flatten(1)

    def weights(self, rows: Float[Tensor, "row feature"]) -> Float[Tensor, "row feature"]:
        """Return weights w of rows v, in double precision."""
        axes = rows.double().unflatten(1, tuple(self.shape)) * self.scale
        return torch.einsum("nucij,tu,hi,wj->ntchw", axes, *self.bases).flatten(1)
