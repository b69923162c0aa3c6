"""How far the mean complexity of a movie might be off, had another stretch of it been shown."""

import numpy as np
from jaxtyping import Float64, Int

from sysid import Interval

LEVEL = 0.95
TILES_ACROSS = 6  # patches are resampled in squares of a sixth of the frame: neighbours are alike


def draw_means(
    complexity: Float64[np.ndarray, "frame row column"],
    frame_block: Int[np.ndarray, " frame"],
    draws: int,
    generator: np.random.Generator,
) -> Float64[np.ndarray, " draw"]:
    """Return the mean over frames and patches of resamples with replacement.

    A draw takes as many blocks of time as there are, and as many tiles, squares of neighbouring patches.
    Resampling both factors of a crossed design errs on the wide side (Owen 2007, doi:10.1214/07-AOAS122).
    Without two blocks of time there is nothing to resample: NaN.

    Args:
        complexity: by frame and patch.
        frame_block: which block of time each frame belongs to, from 0 on; frames of one block are alike.
        draws: how many.
        generator: of the random numbers.
    """
    blocks = int(frame_block.max()) + 1
    if blocks < 2:
        return np.full(draws, np.nan)
    tile = tile_ids(*complexity.shape[1:])
    patches = np.bincount(tile)
    frames = np.bincount(frame_block, minlength=blocks)
    by_tile = np.stack(
        [
            complexity[:, tile.reshape(complexity.shape[1:]) == each].sum(axis=1)
            for each in range(len(patches))
        ],
        axis=1,
    )  # frame tile
    sums = np.stack([by_tile[frame_block == each].sum(axis=0) for each in range(blocks)])  # block tile
    block_times = generator.multinomial(blocks, np.full(blocks, 1 / blocks), size=draws)
    tile_times = generator.multinomial(len(patches), np.full(len(patches), 1 / len(patches)), size=draws)
    totals = ((block_times @ sums) * tile_times).sum(axis=1)
    return totals / ((block_times @ frames) * (tile_times @ patches))


def tile_ids(rows: int, columns: int) -> Int[np.ndarray, " patch"]:
    """Return which tile each patch belongs to, row by row; tiles are squares from the upper left corner."""
    side = max(1, min(rows, columns) // TILES_ACROSS)
    across = -(-columns // side)
    ids = (np.arange(rows) // side)[:, None] * across + (np.arange(columns) // side)[None]
    return ids.ravel()


def to_interval(estimate: float, values: Float64[np.ndarray, " draw"]) -> Interval:
    """Return an estimate with what its resamples say of it; NaN where there are none."""
    if not np.isfinite(values).all():
        return Interval(estimate, np.nan, np.nan, np.nan, LEVEL)
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return Interval(estimate, float(values.std(ddof=1)), low, high, LEVEL)
