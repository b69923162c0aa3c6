"""Compare receptive fields: a model's with the data's, and the cells of one population with one another."""

import math
from collections.abc import Sequence

import attrs
import numpy as np
from jaxtyping import Float

from sysid_analyses.fields.field import Field
from sysid_analyses.receptive_field import gaussian_distance

NAN = float("nan")


@attrs.frozen
class FieldPair:
    """Say how alike two receptive fields of one cell are; NaN where one of them was not found.

    Attributes:
        centre_distance_px: between the centres of the two ellipses.
        rf_distance: 1 − cosine of the two Gaussians, see `gaussian_distance`; polarity is not in it.
        same_sign: 1 where both are ON or both OFF, else 0, see `Field.polarity`.
        spatial_cosine: of the two maps, the sign of each so that its largest value is positive.
        temporal_cosine: of the two time courses that go with these maps.
        latency_difference_s: of the first peaks, the second's minus the first's.
    """

    centre_distance_px: float = NAN
    rf_distance: float = NAN
    same_sign: float = NAN
    spatial_cosine: float = NAN
    temporal_cosine: float = NAN
    latency_difference_s: float = NAN


def compare_fields(one: Field, other: Field) -> FieldPair:
    """Compare two receptive fields of the same frame size and lags."""
    if not (one.found and other.found):
        return FieldPair()
    return FieldPair(
        centre_distance_px=math.dist(one.fit.centre, other.fit.centre),
        rf_distance=gaussian_distance(one.fit, other.fit),
        same_sign=float(one.polarity == other.polarity),
        spatial_cosine=float((one.spatial * other.spatial).sum()),  # both have unit norm
        temporal_cosine=float(one.temporal @ other.temporal),
        latency_difference_s=other.times.first_peak_latency - one.times.first_peak_latency,
    )


def pairwise_cosines(vectors: Sequence[np.ndarray]) -> Float[np.ndarray, " pair"]:
    """Return the cosine of every two of several arrays of one shape, each pair once.

    Their mean is the diversity of a population: 1 where all are the same, near 0 where they have nothing in
    common (Fig. 6C, Zheng et al. 2021). Fewer than two arrays have none.
    """
    if len(vectors) < 2:
        return np.empty(0)
    flat = np.stack([np.asarray(each, dtype=np.float64).ravel() for each in vectors])
    norms = np.linalg.norm(flat, axis=1, keepdims=True)
    unit = flat / np.where(norms > 0, norms, 1)
    return (unit @ unit.T)[np.triu_indices(len(unit), 1)]
