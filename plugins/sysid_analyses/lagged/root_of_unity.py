"""Matrices of a Fourier transform among residues: of windows, of columns, and back to lags."""

from math import prod

import attrs
import numpy as np
import torch
from jaxtyping import Float32, Float64, Int, Int8
from torch import Tensor

WINDOW = 60
PRIMES = (241, 181, 61)  # all below 256 for which 60 divides p − 1


@attrs.frozen(eq=False)
class ResidueTransform:
    """Hold what turns windows and columns into residues, and sums of their products into sums at each lag.

    Attributes:
        of_windows: powers w^(point · frame) of a root of unity w of each prime, as residues around zero.
        of_columns: powers w^(−point · bin).
        back: to sums that are right modulo the product of the primes.
        moduli: the prime of each point.
        product: of the primes.
    """

    of_windows: Int8[Tensor, "point frame"]
    of_columns: Int8[Tensor, "point bin"]
    back: Float64[Tensor, "lag point"]
    moduli: Float32[Tensor, "point 1"]
    product: int

    @property
    def largest(self) -> int:
        """Magnitude of a sum that its residue still tells."""
        return (self.product - 1) // 2


def residue_transform(lags: int, primes: int) -> ResidueTransform:
    """Make the matrices for so many lags and primes."""
    chosen = PRIMES[:primes]
    product, numbers, shifts = prod(chosen), np.arange(WINDOW), lags - 1 - np.arange(lags)
    of_windows, of_columns, back = [], [], []
    for prime in chosen:
        powers = _powers(prime)
        of_windows.append(_centre(powers[np.outer(numbers, numbers) % WINDOW], prime))
        of_columns.append(_centre(powers[np.outer(numbers, -numbers[: WINDOW - lags + 1]) % WINDOW], prime))
        others = product // prime
        weight = others * pow(others * WINDOW, -1, prime)  # 1 / 60 modulo this prime, 0 modulo the others
        back.append(powers[np.outer(shifts, -numbers) % WINDOW] * weight)
    return ResidueTransform(
        of_windows=torch.from_numpy(np.concatenate(of_windows).astype(np.int8)),
        of_columns=torch.from_numpy(np.concatenate(of_columns).astype(np.int8)),
        back=torch.from_numpy(_centre(np.concatenate(back, axis=1), product)).double(),
        moduli=torch.tensor(chosen, dtype=torch.float32).repeat_interleave(WINDOW)[:, None],
        product=product,
    )


def _powers(prime: int) -> Int[np.ndarray, " power"]:
    """Return the powers 0 … 59 of the smallest number whose 60th power is the first that is 1."""
    for base in range(2, prime):
        powers = np.array([pow(base, power, prime) for power in range(WINDOW + 1)])
        if np.flatnonzero(powers == 1).tolist() == [0, WINDOW]:
            return powers[:WINDOW]
    raise ArithmeticError(f"{WINDOW} does not divide {prime} − 1")


def _centre(values: Int[np.ndarray, "row column"], modulus: int) -> Int[np.ndarray, "row column"]:
    """Return the residues around zero."""
    return (values + modulus // 2) % modulus - modulus // 2
