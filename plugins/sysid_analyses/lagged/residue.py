"""Correlate small whole numbers at many lags exactly, with products of 8-bit numbers."""

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int8
from torch import Tensor

from sysid_analyses.lagged.correlation import Correlation
from sysid_analyses.lagged.integer_product import transposed_product
from sysid_analyses.lagged.root_of_unity import WINDOW, residue_transform

CASES_AT_ONCE = 2048  # stretches · columns whose points stay in a processor core's cache
SUMS_AT_ONCE = 4096  # pixels · columns, likewise; fewer would not occupy several cores


class ResidueCorrelation(Correlation):
    """Multiply spectra modulo two or three primes: 120 products of 8 bits for 61 − lags bins, not rounded.

    What the complex exponentials are to a Fourier transform, the powers of a 60th root of unity are to one
    among the residues modulo a prime p for which 60 divides p − 1: a correlation becomes a product for each
    of 60 points (Pollard 1971, doi:10.1090/S0025-5718-1971-0301966-0). With p < 256, residues around zero are
    8-bit numbers, of which processors multiply several in the time of one of single precision. Sums of
    products fit 32 bits. Residues modulo several primes give the sum itself where it is less than half their
    product (the Chinese remainder theorem): two are enough for columns whose magnitudes add up to 21,810
    in one pass of 512 stretches, three for any.

    Takes pixels of −1, 0 and 1, and columns between −43 and 43.
    """

    window, points, stretches, dtype = WINDOW, 2 * WINDOW, 512, np.int8

    def __init__(self, lags: int) -> None:
        self.bins = WINDOW - lags + 1
        self.few, self.many = residue_transform(lags, 2), residue_transform(lags, 3)
        self.buffer = torch.empty(0, dtype=torch.int32)

    def transform(
        self, columns: Int8[np.ndarray, "bin stretch column"]
    ) -> Int8[Tensor, "point stretch padded"]:
        """Return the residues, modulo as many primes as these columns need."""
        wide = columns.shape[2]
        magnitudes = np.abs(columns).reshape(-1, wide).sum(axis=0, dtype=np.int32)
        needed = self.few if magnitudes.max(initial=0) <= self.few.largest else self.many
        # zeros up to a multiple of 64, which processors multiply a tenth faster than 1001
        padded = np.pad(columns, ((0, 0), (0, 0), (0, -wide % 64 if wide > 64 else 0)))
        return _project(needed.of_columns, needed.moduli, padded)

    def add(
        self,
        transformed: Int8[Tensor, "point stretch padded"],
        windows: Int8[np.ndarray, "frame stretch pixel"],
        sums: Float64[np.ndarray, "lag pixel column"],
    ) -> None:
        """Multiply residues, sum over stretches, and go back to lags and to whole numbers."""
        points, columns = len(transformed), sums.shape[2]
        own = self.few if points == len(self.few.moduli) else self.many
        projected = _project(own.of_windows, own.moduli, windows)
        shape = (points, windows.shape[2], transformed.shape[2])
        if self.buffer.numel() < np.prod(shape):  # kept, because fresh memory costs as much as the products
            self.buffer = torch.empty(np.prod(shape), dtype=torch.int32)
        products = self.buffer[: np.prod(shape)].view(shape)
        for left, right, product in zip(projected, transformed, products, strict=True):
            transposed_product(left, right, out=product)
        step, into = max(1, SUMS_AT_ONCE // columns), torch.from_numpy(sums)
        for some, there in zip(products[..., :columns].split(step, 1), into.split(step, 1), strict=True):
            lagged = own.back @ some.double().flatten(1)  # below 180 · 2^21 · 2^23 < 2^53: exact
            lagged.sub_((lagged / own.product).round_(), alpha=own.product)
            there.add_(lagged.view(there.shape))


def _project(
    matrix: Int8[Tensor, "point bin"],
    moduli: Float32[Tensor, "point 1"],
    stack: Int8[np.ndarray, "bin stretch column"],
) -> Int8[Tensor, "point stretch column"]:
    """Multiply every stretch by the matrix, and return residues around zero."""
    cases = torch.from_numpy(stack).flatten(1)  # bin case
    residues = torch.empty((len(matrix), cases.shape[1]), dtype=torch.int8)
    inverse = 1 / moduli
    for start in range(0, cases.shape[1], CASES_AT_ONCE):
        some = slice(start, start + CASES_AT_ONCE)
        sums = torch._int_mm(matrix, cases[:, some].contiguous()).float()  # below 60 · 120 · 43 < 2^24: exact
        residues[:, some] = sums.addcmul_((sums * inverse).round_(), moduli, value=-1)
    return residues.unflatten(1, stack.shape[1:])
