"""Resample blocks of time and cells, and average correlations over what is drawn."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from sysid.metrics.block_sum import block_correlations
from sysid.metrics.moment import mean_of_finite, ratio

BATCH_VALUES = 2_000_000  # correlations (draw, neuron) computed at once: 16 MB an array, and about ten arrays
BATCH_BLOCKS = 4_000_000  # blocks (draw, block) drawn at once: 32 MB

Session = Sequence[Sequence[np.ndarray]]
"""By fold and prediction, the (sum, block, neuron) that `block_sums` made of a session's bins.

Folds have the same cells, and blocks of their own.
"""


def pooled_means(sessions: Sequence[Session]) -> Float64[np.ndarray, "prediction"]:
    """Average CC over the cells of all sessions, then over folds, every block and cell taken once."""
    cells = [np.ones((1, _cells(session))) for session in sessions]
    blocks = [[np.ones((1, _blocks(fold))) for fold in session] for session in sessions]
    return _means(sessions, blocks, cells)[:, 0]


def resampled_means(
    sessions: Sequence[Session], draws: int, seed: int
) -> Float64[np.ndarray, "prediction draw"]:
    """Do the same on `draws` resamples, each of as many blocks and cells as every session has."""
    generator = np.random.default_rng(seed)
    blocks = max(_blocks(fold) for session in sessions for fold in session)
    batch = max(1, min(BATCH_VALUES // sum(map(_cells, sessions)), BATCH_BLOCKS // blocks))
    sizes = [min(batch, draws - start) for start in range(0, draws, batch)]
    return np.concatenate([_resample(sessions, generator, size) for size in sizes], axis=1)


def fewest_blocks(sessions: Sequence[Session]) -> int:
    """Return how many blocks the fold with the fewest has."""
    return min(_blocks(fold) for session in sessions for fold in session)


def _resample(
    sessions: Sequence[Session], generator: np.random.Generator, draws: int
) -> Float64[np.ndarray, "prediction draw"]:
    cells, blocks = [], []
    for session in sessions:
        cells.append(_draw(generator, _cells(session), draws))
        blocks.append([_draw(generator, _blocks(fold), draws) for fold in session])
    return _means(sessions, blocks, cells)


def _means(
    sessions: Sequence[Session],
    block_times: list[list[np.ndarray]],
    cell_times: list[np.ndarray],
) -> Float64[np.ndarray, "prediction draw"]:
    """Average CC over the cells of all sessions, then over folds, blocks and cells counted so many times.

    `block_times` are (draw, block) by session and fold, `cell_times` (draw, neuron) by session.
    """
    by_fold = []
    for number in range(len(sessions[0])):
        fold = [session[number] for session in sessions]
        times = [of_session[number] for of_session in block_times]
        by_prediction = [
            _weighted_mean(
                [block_correlations(sums[prediction], each) for sums, each in zip(fold, times, strict=True)],
                cell_times,
            )
            for prediction in range(len(fold[0]))
        ]
        by_fold.append(by_prediction)
    return mean_of_finite(np.array(by_fold))  # of fold prediction draw


def _draw(generator: np.random.Generator, count: int, draws: int) -> Float64[np.ndarray, "draw item"]:
    """Return how often each of `count` items is taken when `count` are drawn with replacement."""
    return generator.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)


def _weighted_mean(values: list[np.ndarray], times: list[np.ndarray]) -> Float64[np.ndarray, "draw"]:
    """Average each draw over the cells it took of all sessions, (draw, neuron) each, leaving NaN out."""
    of_cells, taken = np.concatenate(values, axis=1), np.concatenate(times, axis=1)
    taken = np.where(np.isnan(of_cells), 0, taken)
    total = taken.sum(axis=1)
    return ratio((taken * np.where(np.isnan(of_cells), 0, of_cells)).sum(axis=1), total, total > 0)


def _cells(session: Session) -> int:
    return session[0][0].shape[2]


def _blocks(fold: Sequence[np.ndarray]) -> int:
    return fold[0].shape[1]
