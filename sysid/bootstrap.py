"""Confidence intervals for mean correlations, by resampling blocks of time and cells."""

from collections.abc import Sequence

import attrs
import numpy as np
from jaxtyping import Float64

from sysid.errors import SysidError
from sysid.metrics.block import block_ids
from sysid.metrics.block_sum import block_correlations, block_sums
from sysid.metrics.moment import mean_of_finite, ratio

__all__ = ["Fold", "Interval", "block_ids", "bootstrap_difference", "bootstrap_mean_correlation"]

BATCH_VALUES = 2_000_000  # correlations (draw, neuron) computed at once: 16 MB an array, and about ten arrays


@attrs.frozen(eq=False)
class Fold:
    """Hold the test bins of one fold.

    Attributes:
        responses: (repeat, frame) or (repeat, frame, neuron), NaN = not recorded.
        prediction: (frame,) or (frame, neuron).
        blocks: (frame,), int, which block a bin is resampled with; see `block_ids`.
    """

    responses: np.ndarray
    prediction: np.ndarray
    blocks: np.ndarray


@attrs.frozen
class Interval:
    """Hold an estimate and what its resamples say of it.

    Attributes:
        estimate: from all blocks and cells, each once.
        standard_error: the standard deviation of the resamples.
        low, high: the quantiles that enclose the share `level` of them.
        level: as asked for.
    """

    estimate: float
    standard_error: float
    low: float
    high: float
    level: float


def bootstrap_mean_correlation(
    folds: Sequence[Fold], *, draws: int = 1000, seed: int = 0, level: float = 0.95
) -> Interval:
    """Estimate the mean CC over cells, and over folds, with its standard error and percentile interval.

    CC is per cell and within a fold, averaged over cells, then over folds; one CC over pooled folds would be
    biased downwards. A draw takes, with replacement, as many blocks as each fold has and as many cells as
    there are; a cell drawn is drawn in every fold. Resampling both factors of a crossed design errs on the
    wide side (Owen 2007, doi:10.1214/07-AOAS122). A cell whose response is constant in a draw is left out of
    it; where the prediction is constant it counts as 0, as in `sysid.metrics.mean_score`. The interval is
    NaN where a fold has fewer than two blocks; with fewer than about 20 in all it is a fifth too narrow for a
    single cell.

    Raises:
        SysidError: folds that are empty or differ in cells, axes that do not fit together, a level not
            between 0 and 1, fewer than 2 draws.
    """
    sums = [block_sums(fold.responses, [fold.prediction], fold.blocks) for fold in folds]
    return _interval(sums, np.ones(1), draws, seed, level)


def bootstrap_difference(
    folds: Sequence[Fold],
    baselines: Sequence[np.ndarray],
    *,
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Estimate how much the mean CC of `folds` exceeds that of other predictions of the same bins and cells.

    `baselines` holds one prediction per fold. Both are scored on the same resamples, which cancels what makes
    some bins and cells hard for any model; bins that either lacks are left out for both. The rest is as in
    `bootstrap_mean_correlation`.

    Raises:
        SysidError: as there, or another number of baselines than folds.
    """
    if len(baselines) != len(folds):
        raise SysidError(f"baselines: expected one prediction per fold ({len(folds)}), got {len(baselines)}")
    sums = [
        block_sums(fold.responses, [fold.prediction, baseline], fold.blocks)
        for fold, baseline in zip(folds, baselines, strict=True)
    ]
    return _interval(sums, np.array([1.0, -1.0]), draws, seed, level)


def _interval(
    sums: list[list[np.ndarray]],
    contrast: Float64[np.ndarray, "prediction"],
    draws: int,
    seed: int,
    level: float,
) -> Interval:
    """Resample the sums, by fold and prediction, and add up the predictions' means `contrast` times."""
    cells = [fold[0].shape[2] for fold in sums]
    if len(set(cells)) != 1 or cells[0] == 0:
        raise SysidError(f"folds: expected at least one, all with the same cells, got cell counts {cells}")
    if draws < 2 or not 0 < level < 1:
        raise SysidError(f"draws, level: expected at least 2 and between 0 and 1, got {draws} and {level:g}")
    blocks = [fold[0].shape[1] for fold in sums]
    estimate = contrast @ _means(sums, [np.ones((1, count)) for count in blocks], np.ones((1, cells[0])))
    values = np.zeros(0)
    if min(blocks) >= 2:
        generator = np.random.default_rng(seed)
        batch = max(1, BATCH_VALUES // cells[0])
        sizes = [min(batch, draws - start) for start in range(0, draws, batch)]
        values = np.concatenate([contrast @ _resample(sums, generator, size) for size in sizes])
        values = values[np.isfinite(values)]
    if len(values) < 2:
        return Interval(estimate.item(), np.nan, np.nan, np.nan, level)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2]).tolist()
    return Interval(estimate.item(), values.std(ddof=1).item(), low, high, level)


def _resample(
    sums: list[list[np.ndarray]], generator: np.random.Generator, draws: int
) -> Float64[np.ndarray, "prediction draw"]:
    cell_times = _draw(generator, sums[0][0].shape[2], draws)
    return _means(sums, [_draw(generator, fold[0].shape[1], draws) for fold in sums], cell_times)


def _means(
    sums: list[list[np.ndarray]],
    block_times: list[np.ndarray],
    cell_times: Float64[np.ndarray, "draw neuron"],
) -> Float64[np.ndarray, "prediction draw"]:
    """Average CC over cells and then folds, each block and cell counted so many times."""
    by_fold = [
        [_weighted_mean(block_correlations(each, times), cell_times) for each in fold]
        for fold, times in zip(sums, block_times, strict=True)
    ]
    return mean_of_finite(np.array(by_fold))  # of fold prediction draw


def _draw(generator: np.random.Generator, count: int, draws: int) -> Float64[np.ndarray, "draw item"]:
    """Return how often each of `count` items is taken when `count` are drawn with replacement."""
    return generator.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)


def _weighted_mean(
    values: Float64[np.ndarray, "draw neuron"], times: Float64[np.ndarray, "draw neuron"]
) -> Float64[np.ndarray, "draw"]:
    """Average each draw over the cells it took, leaving NaN out."""
    times = np.where(np.isnan(values), 0, times)
    total = times.sum(axis=1)
    return ratio((times * np.where(np.isnan(values), 0, values)).sum(axis=1), total, total > 0)
