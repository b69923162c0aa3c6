"""Measure one kernel: how smooth its map is in space, and how peaked its time course."""

import attrs
import numpy as np
from jaxtyping import Float, Int

from sysid_analyses.argument_check import check_array
from sysid_analyses.separation import separate

REGULARITY_EPSILON = 5e-4  # ε of Eq. 8: the released code's value, the text gives none
CONSTANT = 1e-12  # a range below this fraction of the largest value is rounding


def spatial_autocorrelation(map: Float[np.ndarray, "height width"]) -> float:
    """Return Moran's I of a map: near 1 where neighbours are alike, near 0 for noise, −1 for a checkerboard.

    I = (N/W) · Σ_i Σ_j w_ij z_i z_j / Σ_i z_i², with z the map minus its mean, w_ij = 1 for the up to four
    neighbours that share an edge (nothing wraps around) and W = Σ w. Scale, sign and offset of the map change
    nothing. White noise has the expectation −1/(N − 1). A constant map, or one pixel, has none: NaN.

    Source: Moran (1950), doi:10.1093/biomet/37.1-2.17; "spatial autocorrelation" of Zheng et al. 2021.

    Raises:
        SysidError: another number of axes, no value, or one that is not finite.
    """
    check_array("spatial_autocorrelation", "map", map, "height width", finite=True)
    values = map.astype(np.float64)
    if np.ptp(values) <= CONSTANT * np.abs(values).max():
        return float("nan")
    deviation = values - values.mean()
    products = (deviation[1:] * deviation[:-1]).sum() + (deviation[:, 1:] * deviation[:, :-1]).sum()
    pairs = deviation[1:].size + deviation[:, 1:].size  # Σ w counts every pair twice, and so does the sum
    return float(deviation.size / pairs * products / np.square(deviation).sum())


def temporal_regularity(vector: Float[np.ndarray, " lag"], released: bool = False) -> float:
    """Return how peaked a time course is, whatever its sign and scale: from −1, flat, to nearly 1, one lag.

    Eq. 8, Zheng et al. 2021: (1/T) Σ_i | |w_i| − max|w| | − ε/(‖w − w̄‖ + ε), with w the vector brought to
    unit norm, w̄ its mean and ε = 5e-4. What it measures is peakedness: over 20 lags a smooth sine has .12,
    white noise about .31 and a single pulse .95, so a large value is no sign of a smooth course.
    NaN for a single lag and for zeros, which have no course.

    Args:
        vector: one value per lag, often `separate(kernel).temporal`.
        released: Differs: take ‖ |w| − w̄ ‖ as the released code does, which changes under w → −w.

    Raises:
        SysidError: another number of axes, no value, or one that is not finite.
    """
    check_array("temporal_regularity", "vector", vector, "lag", finite=True)
    norm = np.linalg.norm(vector)
    if len(vector) < 2 or norm == 0:
        return float("nan")
    unit = vector.astype(np.float64) / norm
    sizes = np.abs(unit)
    spread = float(np.linalg.norm((sizes if released else unit) - unit.mean()))
    return float(np.mean(sizes.max() - sizes)) - REGULARITY_EPSILON / (spread + REGULARITY_EPSILON)


@attrs.frozen(eq=False)
class KernelSet:
    """Hold several kernels taken apart, with their indices.

    Attributes:
        maps: (kernel, row, column), unit norm, see `separate`.
        times: (kernel, lag), unit norm, lag 0 the newest frame.
        separability: (kernel,), share of a kernel's power that the product of map and time course has: 1
            where the kernel is such a product, and only then do the indices describe all of it.
        autocorrelation: (kernel,), see `spatial_autocorrelation`.
        regularity: (kernel,), see `temporal_regularity`.
        l1_norm: (kernel,), Σ|w| over space and time.
    """

    maps: Float[np.ndarray, "kernel row column"]
    times: Float[np.ndarray, "kernel lag"]
    separability: Float[np.ndarray, " kernel"]
    autocorrelation: Float[np.ndarray, " kernel"]
    regularity: Float[np.ndarray, " kernel"]
    l1_norm: Float[np.ndarray, " kernel"]


def measure_kernels(kernels: Float[np.ndarray, "kernel lag row column"]) -> KernelSet:
    """Take every kernel apart into a map and a time course, and measure both."""
    parts = [separate(kernel) for kernel in kernels]
    power = np.array([np.square(part.singular_values).sum() for part in parts])
    first = np.array([part.singular_values[0] for part in parts]) ** 2
    return KernelSet(
        maps=np.stack([part.spatial for part in parts]),
        times=np.stack([part.temporal for part in parts]),
        separability=np.divide(first, power, out=np.full(len(parts), np.nan), where=power > 0),
        autocorrelation=np.array([spatial_autocorrelation(part.spatial) for part in parts]),
        regularity=np.array([temporal_regularity(part.temporal) for part in parts]),
        l1_norm=np.abs(kernels).sum(axis=(1, 2, 3), dtype=np.float64),
    )


def rank_kernels(scores: Float[np.ndarray, " kernel"]) -> Int[np.ndarray, " kernel"]:
    """Return kernel numbers, the largest score first; equals in their order, what has no score last."""
    return np.argsort(-scores, kind="stable")
