"""Test whether one model predicts better than another, by exchanging the two in blocks of time."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float, Float64, Int, Num

from sysid_analyses.comparisons.paired_fold import PairedFold, pair_predictions

EXACT_BLOCKS = 14  # 2¹⁴ = 16 384 exchanges are all looked at
ROUNDING = 1e-9  # a difference that falls short of the observed one by this fraction equals it
BATCH_VALUES = 2_000_000  # correlations (exchange, neuron) computed at once: 16 MB an array


def sign_flip_test(folds: Sequence[PairedFold], *, draws: int = 10_000, seed: int = 0) -> float:
    """Return the two-sided p that two models predict alike, their folds from `pair_predictions`.

    If nothing but the name told the models apart, they could change places in any block of time. p is the
    share of such exchanges after which the difference in mean CC is at least as far from 0 as it is. Blocks
    and not cells are exchanged: the cells of one retina see the same stimulus and share their noise, so that
    what a model gains in one cell it tends to gain in the others, and cells counted as independent make
    chance look like a finding.

    All 2^blocks exchanges are looked at for up to 14 blocks, then p is a multiple of 2/2^blocks; beyond that,
    `draws` random ones, p = (1 + as far)/(1 + draws) (Phipson and Smyth 2010, doi:10.2202/1544-6115.1585).
    The test needs blocks that are independent of one another; see `sysid.metrics.block_ids`. Predictions are
    brought to mean 0 and variance 1 before, as CC asks for no scale; since that scale comes from the same
    bins, p is near its level rather than exact: in simulations of 10 to 40 blocks .03 to .08 were below .05,
    and .11 where a few blocks held most of the errors. NaN where no cell can be scored.

    CC is computed anew after every exchange. To flip the signs of what each block adds to the difference
    is quicker, but takes the variance of the predictions for given: where the models' errors vary from block
    to block it is wrong by far, in either direction.
    """
    folds = [fold for fold in folds if fold.scorable]
    if not folds:
        return float("nan")
    blocks = sum(fold.blocks for fold in folds)
    observed = abs(_difference(folds, np.ones((1, blocks)))[0])
    reached = observed - ROUNDING * max(observed, 1.0)
    as_far = total = 0
    cells = max(fold.bins.shape[1] for fold in folds)
    for signs in _signs(blocks, draws, seed, max(1, BATCH_VALUES // cells)):
        as_far += int((np.abs(_difference(folds, signs)) >= reached).sum())
        total += len(signs)
    return as_far / total if blocks <= EXACT_BLOCKS else (1 + as_far) / (1 + total)


def _signs(blocks: int, draws: int, seed: int, batch: int) -> Iterator[Float64[np.ndarray, "exchange block"]]:
    """Yield exchanges in batches: all of them, or `draws` random ones."""
    exact = blocks <= EXACT_BLOCKS
    generator = np.random.default_rng(seed)
    for start in range(0, 2**blocks if exact else draws, batch):
        if exact:
            chosen = np.arange(start, min(start + batch, 2**blocks))
            yield 2.0 * (chosen[:, None] >> np.arange(blocks) & 1) - 1
        else:
            yield 2.0 * generator.integers(0, 2, (min(batch, draws - start), blocks)) - 1


def _difference(
    folds: Sequence[PairedFold], signs: Float64[np.ndarray, "exchange block"]
) -> Float64[np.ndarray, " exchange"]:
    """Return the difference in mean CC over cells, then folds, after each exchange."""
    ends = np.cumsum([fold.blocks for fold in folds])
    parts = np.split(signs, ends[:-1], axis=1)
    return np.mean([fold.exchange(part) for fold, part in zip(folds, parts, strict=True)], axis=0)


def smallest_p(blocks: int, draws: int = 10_000) -> float:
    """Return the smallest p that `sign_flip_test` can give with so many blocks: the price of few blocks."""
    return min(1.0, 2 / 2**blocks) if blocks <= EXACT_BLOCKS else 1 / (1 + draws)


def block_contributions(
    responses: Num[np.ndarray, "repeat bin neuron"],
    prediction_a: Float[np.ndarray, "bin neuron"],
    prediction_b: Float[np.ndarray, "bin neuron"],
    block: Int[np.ndarray, " bin"],
) -> Float64[np.ndarray, " block"]:
    """Split the difference of two models' mean CC into what each block of time adds to it.

    With y the mean response over repeats and p a prediction, both at mean 0 and variance 1 over the n test
    bins of a cell, CC is the mean of y·p over bins, so a block adds

        c_block = mean over cells of (1/n) Σ_{t in block} y_t·(a_t − b_t),

    and the sum over blocks is the mean CC of `prediction_a` minus that of `prediction_b`. What is left out is
    as in `pair_predictions`. Empty where no cell can be scored.
    """
    return pair_predictions(responses, prediction_a, prediction_b, block).contributions


def effect_size(contributions: Float[np.ndarray, " block"]) -> float:
    """Return d = mean/sd of the blocks' contributions (sd with n − 1): Cohen's d of paired samples.

    It says how steady a difference is from one block to the next, whatever the number of blocks. It is no
    test: `sign_flip_test` says why. NaN with fewer than two blocks, or where all add the same.
    """
    if len(contributions) < 2 or np.ptp(contributions) == 0:
        return float("nan")
    return float(contributions.mean() / contributions.std(ddof=1))
