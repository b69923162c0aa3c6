"""Which products are exact and fast on this machine, for so many lags and columns."""

from collections.abc import Callable
from typing import Literal

import torch

from sysid_analyses.lagged.correlation import Correlation
from sysid_analyses.lagged.cosine import CosineCorrelation
from sysid_analyses.lagged.direct import DirectCorrelation, DirectIntegerCorrelation
from sysid_analyses.lagged.residue import ResidueCorrelation


def choose_single_precision(lags: int, columns: int) -> Correlation:
    """Return whichever takes fewer multiplications for a bin and pixel: lag by lag, or by way of spectra.

    Lag by lag takes lags · columns; 20 lags of 1000 columns 20,000. By way of spectra the 96 products of a
    stretch serve 45 bins, and the spectrum of a window takes 64 multiplications for each of them: 2270.
    """
    by_spectra = CosineCorrelation(lags)
    products = by_spectra.points * (by_spectra.window + columns) / by_spectra.bins
    return DirectCorrelation(lags) if lags * columns <= products else by_spectra


def choose_exact() -> Callable[[int, int], Correlation] | None:
    """Return products of 8-bit numbers that this processor has units for, or None.

    - Matrices (AMX): 16 times as many as of single precision, so lag by lag.
    - Vectors (VNNI): 4 times as many, so residues, which take 7 times fewer for 20 lags.
    - Neither: None. Products of 8-bit numbers would be slower than those of single precision.
    """
    units = find_integer_units()
    if units == "AMX":
        return lambda lags, _: DirectIntegerCorrelation(lags)
    if units == "VNNI":
        return lambda lags, _: _fewest_products(lags)
    return None


def find_integer_units() -> Literal["AMX", "VNNI"] | None:
    """Return which units this processor has for products of 8-bit numbers, the fastest if it has both."""
    processor = torch.cpu.get_capabilities()
    if processor.get("amx_int8"):
        return "AMX"
    return "VNNI" if processor.get("avx512_vnni") or processor.get("avx_vnni") else None


def _fewest_products(lags: int) -> Correlation:
    """Return residues for three lags and more."""
    by_residues = ResidueCorrelation(lags)
    fewer = by_residues.points < lags * by_residues.bins
    return by_residues if fewer else DirectIntegerCorrelation(lags)
