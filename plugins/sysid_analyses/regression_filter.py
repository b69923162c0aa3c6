"""Linear filters from correlated stimuli: ridge regression that prefers filters smooth in space and time."""

from typing import NamedTuple

import attrs
import numpy as np
from jaxtyping import Float, Int, Real
from scipy.linalg import eigh

from sysid import SysidError
from sysid_analyses.argument_check import check_windows
from sysid_analyses.blocked_ridge import choose_strength, sum_block
from sysid_analyses.cosine_basis import Waves, choose_components
from sysid_analyses.significance import pixel_deviation
from sysid_analyses.sta import recorded_bins

STRENGTHS = tuple(10.0 ** (half / 2) for half in range(-6, 6))  # .001 to 316
FEW_BINS_NUMBERS = 50_000_000  # of a design matrix that is held as a whole: 400 MB


@attrs.frozen(eq=False)
class RegressionFilter:
    """Hold linear filters, and how well they predict bins that they were not fitted on.

    Attributes:
        filters: (lag, height, width, neuron), lag 0 the frame on screen, in responses per stimulus unit.
        strength: (neuron,), chosen from those tried.
        explained: (neuron,), share of the variance that cross-validation explains at that strength; 0 or
            less where there is no filter to be found.
        components: how many cosine components a filter has; fewer than pixels · lags leave out the finest.
    """

    filters: Float[np.ndarray, "lag height width neuron"]
    strength: Float[np.ndarray, " neuron"]
    explained: Float[np.ndarray, " neuron"]
    components: int


def regression_filter(
    stimulus: Real[np.ndarray, "frame height width"],
    responses: Float[np.ndarray, "frame neuron"],
    lags: int,
    *,
    space: float = 0.1,
    time: float = 0.1,
    ridge: float = 1.0,
    strengths: tuple[float, ...] = STRENGTHS,
    blocks: int = 5,
    components: int = 1000,
) -> RegressionFilter:
    """Fit each neuron's response as a constant plus a linear filter of the window of its bin.

    Minimises mean (r − b − w·x)² + strength · v · (ridge Σ w² + space Σ (differences of neighbouring pixels)²
    + time Σ (differences of neighbouring lags)²), v the mean variance of a pixel, so that strengths are pure
    numbers. For each neuron the strength is chosen by cross-validation over contiguous blocks of its bins;
    bins whose window reaches into the block before are in none, so no frame is on both sides. Choose it for
    movies, whose correlations a spike-triggered average takes for the cell's own (Theunissen et al. 2001,
    doi:10.1080/net.12.3.289.316).

    What is fitted are cosine components (see `CosineBasis`): with more than `components` bins the smoothest
    `components` of them; with fewer all of them, or as many as fit into 400 MB, by way of a matrix bins ×
    bins. So a large frame costs little more than a small one and shows less detail; for more, cut out the
    part around a cell. About bins · components² + 20 · components³ operations, again for each set of neurons
    that were recorded in the same bins.

    Args:
        stimulus: see `spike_triggered_average`, like `responses` and `lags`.
        space, time, ridge: relative weights of the three terms; `ridge` above zero. On simulated cells and
            1/f movies (seed 0, 15 and 30 px) more smoothness put maps and latencies further from the truth,
            and none at all left maps too noisy.
        strengths: to choose from.
        blocks: of the cross-validation.
        components: at the most, where there are more bins than that.

    Returns:
        NaN for a neuron whose response is constant or has fewer than two bins in some block.

    Raises:
        SysidError: as for `spike_triggered_average`; a weight below zero, or `ridge`, a strength, the blocks
            or components out of range.
    """
    check_windows("regression_filter", stimulus, responses, lags)
    _check_settings(space, time, ridge, strengths, blocks, components)
    recorded = recorded_bins(responses, lags)
    bins = max(1, int(recorded.any(axis=1).sum()))
    most = components if bins > components else max(components, FEW_BINS_NUMBERS // bins)
    basis = choose_components((lags, *stimulus.shape[1:]), space, time, ridge, most)
    waves, variance = basis.transform(stimulus), float(np.square(pixel_deviation(stimulus)).mean())
    neurons = responses.shape[1]
    coefficients = np.full((len(basis.scale), neurons), np.nan)
    strength, explained = np.full((2, neurons), np.nan)
    patterns, pattern_of = np.unique(recorded, axis=1, return_inverse=True)
    for number, pattern in enumerate(patterns.T):
        own, rates = np.flatnonzero(pattern), responses[pattern].astype(np.float64)
        if len(own) < 2 or variance == 0:
            continue
        fitted = np.flatnonzero((pattern_of.reshape(-1) == number) & (np.ptp(rates, axis=0) > 0))
        if len(fitted) == 0:
            continue
        block = _assign_blocks(own, blocks, lags)
        if min(np.count_nonzero(block == each) for each in range(blocks)) < 2:
            continue
        rotation = _rotate(waves, own) if len(own) < len(basis.scale) else None
        sums = []
        for each in range(blocks + 1):
            here = np.flatnonzero(block == each)
            rows = waves.rows(own[here]) if rotation is None else [rotation.rows[here]]
            sums.append(sum_block(rows, rates[np.ix_(here, fitted)]))
        *held_out, between = sums
        weights, strength[fitted], explained[fitted] = choose_strength(held_out, between, variance, strengths)
        coefficients[:, fitted] = weights if rotation is None else rotation.back @ weights
    filters = basis.filters(coefficients)
    filters[..., np.isnan(explained)] = np.nan
    return RegressionFilter(filters, strength, explained, len(basis.scale))


def _check_settings(
    space: float, time: float, ridge: float, strengths: tuple[float, ...], blocks: int, components: int
) -> None:
    """Refuse what is no penalty, no choice of strengths or no cross-validation."""
    for name, value, least in (("blocks", blocks, 2), ("components", components, 1)):
        if value < least:
            raise SysidError(f"regression_filter: {name}: expected at least {least}, got {value}")
    if not (space >= 0 and time >= 0 and ridge > 0):
        given = f"{space}, {time} and {ridge}"
        raise SysidError(f"regression_filter: space, time, ridge: expected ≥ 0, ≥ 0 and > 0, got {given}")
    if not strengths or not all(each > 0 for each in strengths):
        raise SysidError(f"regression_filter: strengths: expected some, all above 0, got {strengths}")


class Rotation(NamedTuple):
    """Rows of a wide design matrix in as many coordinates as there are rows, and the way back."""

    rows: Float[np.ndarray, "bin coordinate"]
    back: Float[np.ndarray, "component coordinate"]


def _assign_blocks(bins: Int[np.ndarray, " bin"], blocks: int, lags: int) -> Int[np.ndarray, " bin"]:
    """Return each bin's block, or `blocks` where its window reaches into the block before its own."""
    block = np.arange(len(bins)) * blocks // len(bins)
    for each in range(1, blocks):
        before, own = bins[block == each - 1], bins[block == each]
        if len(before) and len(own):
            block[np.flatnonzero(block == each)[own < before[-1] + lags]] = blocks
    return block


def _rotate(waves: Waves, bins: Int[np.ndarray, " bin"]) -> Rotation:
    """Turn rows into their own row space, in which ridge regression is the same and smaller."""
    rows = np.concatenate(list(waves.rows(bins)))
    values, vectors = eigh(rows @ rows.T)
    kept = values > 1e-10 * max(values[-1], 1e-300)
    roots = np.sqrt(values[kept])
    return Rotation(vectors[:, kept] * roots, rows.T @ (vectors[:, kept] / roots))
