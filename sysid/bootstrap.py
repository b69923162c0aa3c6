"""Confidence intervals for mean correlations, by resampling blocks of time and cells."""

from collections.abc import Sequence

import attrs
import numpy as np
from jaxtyping import Float64

from sysid.errors import SysidError
from sysid.metrics.block import block_ids
from sysid.metrics.block_sum import block_sums
from sysid.resampling import Session, fewest_blocks, pooled_means, resampled_means

__all__ = [
    "Fold",
    "Interval",
    "block_ids",
    "bootstrap_difference",
    "bootstrap_mean_correlation",
    "bootstrap_pooled_correlation",
    "bootstrap_pooled_difference",
]


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

    Args:
        folds: the test bins of each fold, all with the same cells.
        draws: resamples.
        seed: of the resamples.
        level: share of the resamples that the interval encloses.

    Raises:
        SysidError: folds that are empty or differ in cells, axes that do not fit together, a level not
            between 0 and 1, fewer than 2 draws.
    """
    return bootstrap_pooled_correlation([folds], draws=draws, seed=seed, level=level)


def bootstrap_pooled_correlation(
    sessions: Sequence[Sequence[Fold]], *, draws: int = 1000, seed: int = 0, level: float = 0.95
) -> Interval:
    """Estimate the mean CC over the cells of several sessions, each given by its folds.

    Every cell weighs the same, whatever session it is of. A draw takes, within each session and with
    replacement, as many blocks and cells as the session has, so the interval is about these sessions: it says
    nothing of how others would differ. The rest is as in `bootstrap_mean_correlation`.

    Args:
        sessions: the folds of each session.
        draws: resamples.
        seed: of the resamples.
        level: share of the resamples that the interval encloses.

    Raises:
        SysidError: as there, or sessions that differ in the number of their folds.
    """
    sums = [
        [block_sums(fold.responses, [fold.prediction], fold.blocks) for fold in session]
        for session in sessions
    ]
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

    Both are scored on the same resamples, which cancels what makes some bins and cells hard for any model;
    bins that either lacks are left out for both. The rest is as in `bootstrap_mean_correlation`.

    Args:
        folds: the test bins of each fold, all with the same cells.
        baselines: the other prediction for each fold.
        draws: resamples.
        seed: of the resamples.
        level: share of the resamples that the interval encloses.

    Raises:
        SysidError: as there, or another number of baselines than folds.
    """
    return bootstrap_pooled_difference([folds], [baselines], draws=draws, seed=seed, level=level)


def bootstrap_pooled_difference(
    sessions: Sequence[Sequence[Fold]],
    baselines: Sequence[Sequence[np.ndarray]],
    *,
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Estimate the same difference over the cells of several sessions, each given by its folds.

    The rest is as in `bootstrap_pooled_correlation`.

    Args:
        sessions: the folds of each session.
        baselines: the other prediction for each session and fold.
        draws: resamples.
        seed: of the resamples.
        level: share of the resamples that the interval encloses.

    Raises:
        SysidError: as there, or another number of baselines than sessions and folds.
    """
    expected, got = [len(session) for session in sessions], [len(session) for session in baselines]
    if got != expected:
        words = (expected[0], got[0]) if len(expected) == len(got) == 1 else (expected, got)
        raise SysidError(f"baselines: expected one prediction per fold ({words[0]}), got {words[1]}")
    sums = [
        [
            block_sums(fold.responses, [fold.prediction, baseline], fold.blocks)
            for fold, baseline in zip(session, others, strict=True)
        ]
        for session, others in zip(sessions, baselines, strict=True)
    ]
    return _interval(sums, np.array([1.0, -1.0]), draws, seed, level)


def _interval(
    sums: Sequence[Session],
    contrast: Float64[np.ndarray, "prediction"],
    draws: int,
    seed: int,
    level: float,
) -> Interval:
    """Resample the sums and add up the predictions' means `contrast` times."""
    _check(sums, draws, level)
    estimate = (contrast @ pooled_means(sums)).item()
    values = np.zeros(0)
    if fewest_blocks(sums) >= 2:
        values = contrast @ resampled_means(sums, draws, seed)
        values = values[np.isfinite(values)]
    if len(values) < 2:
        return Interval(estimate, np.nan, np.nan, np.nan, level)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2]).tolist()
    return Interval(estimate, values.std(ddof=1).item(), low, high, level)


def _check(sums: Sequence[Session], draws: int, level: float) -> None:
    """Refuse sessions without folds or cells, folds that differ in cells, and draws that mean nothing."""
    for session in sums:
        cells = [fold[0].shape[2] for fold in session]
        if len(set(cells)) != 1 or cells[0] == 0:
            raise SysidError(
                f"folds: expected at least one, all with the same cells, got cell counts {cells}"
            )
    folds = [len(session) for session in sums]
    if len(set(folds)) != 1:
        raise SysidError(f"sessions: expected at least one, all with as many folds, got fold counts {folds}")
    if draws < 2 or not 0 < level < 1:
        raise SysidError(f"draws, level: expected at least 2 and between 0 and 1, got {draws} and {level:g}")
