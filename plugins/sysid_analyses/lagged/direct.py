"""Correlate lag by lag: for few lags or columns, and for machines that multiply 8-bit matrices."""

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int8
from torch import Tensor

from sysid_analyses.lagged.correlation import Correlation
from sysid_analyses.lagged.integer_product import transposed_product


class DirectCorrelation(Correlation):
    """Multiply matrices in single precision, one product for every lag and bin."""

    bins, stretches, dtype = 1, 4096, np.float32

    def __init__(self, lags: int) -> None:
        self.window = self.points = lags

    def transform(
        self, columns: Float32[np.ndarray, "1 stretch column"]
    ) -> Float32[np.ndarray, "stretch column"]:
        """Return the columns."""
        return columns[0]

    def add(
        self,
        transformed: Float32[np.ndarray, "stretch column"],
        windows: Float32[np.ndarray, "frame stretch pixel"],
        sums: Float64[np.ndarray, "lag pixel column"],
    ) -> None:
        """Multiply the columns by the frames of each lag, the oldest of which come first."""
        for lagged, frames in zip(sums, windows[::-1], strict=True):
            lagged += frames.T @ transformed


class DirectIntegerCorrelation(Correlation):
    """Multiply matrices of 8-bit numbers exactly, one product for every lag and bin."""

    bins, stretches, dtype = 1, 1 << 14, np.int8

    def __init__(self, lags: int) -> None:
        self.window = self.points = lags

    def transform(self, columns: Int8[np.ndarray, "1 stretch column"]) -> Int8[Tensor, "stretch column"]:
        """Return the columns."""
        return torch.from_numpy(columns[0])

    def add(
        self,
        transformed: Int8[Tensor, "stretch column"],
        windows: Int8[np.ndarray, "frame stretch pixel"],
        sums: Float64[np.ndarray, "lag pixel column"],
    ) -> None:
        """Multiply the columns by the frames of each lag, the oldest of which come first."""
        for lagged, frames in zip(sums, windows[::-1], strict=True):
            torch.from_numpy(lagged).add_(transposed_product(torch.from_numpy(frames), transformed))
