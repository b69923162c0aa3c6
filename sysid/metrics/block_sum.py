"""Sums per block of time from which the correlation over any choice of blocks follows."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from sysid.errors import SysidError
from sysid.metrics.axes import check_axes, neuron_groups, read_prediction, read_responses
from sysid.metrics.moment import (
    PREDICTION_RESOLUTION,
    RESPONSE_RESOLUTION,
    centre,
    mean_over_repeats,
    ratio,
    varies,
)

CONSTANT = 1e-12  # variance of a resample, of a trace scaled to variance 1, that is zero but for rounding

BlockSums = Float64[np.ndarray, "sum block neuron"]
"""Per block and cell: bins, Σy, Σp, Σyy, Σpp, Σyp of the mean response y and the prediction p."""


def block_sums(
    responses: np.ndarray, predictions: Sequence[np.ndarray], blocks: np.ndarray
) -> list[BlockSums]:
    """Sum each of several predictions of the same responses over blocks; blocks never recorded are dropped.

    Traces are scaled to mean 0 and variance 1 before, and constant ones are 0. Bins without one of the
    predictions are left out for all. A prediction that is infinite anywhere or NaN throughout counts as
    constant.

    Raises:
        SysidError: axes that do not fit together, infinite responses, or blocks that are not numbers ≥ 0.
    """
    checked = [check_axes(responses, prediction) for prediction in predictions]
    responses, blocks = checked[0][0], np.asarray(blocks)
    frames, neurons = responses.shape[1:]
    if blocks.shape != (frames,) or blocks.dtype.kind not in "iu" or (blocks < 0).any():
        raise SysidError(
            f"blocks: expected {frames} whole numbers of at least 0, one per frame, "
            f"got {blocks.dtype} of shape {blocks.shape}"
        )
    order = np.argsort(blocks, kind="stable")
    starts = np.flatnonzero(np.diff(blocks[order].astype(np.int64), prepend=-1))
    sums = np.zeros((len(checked), 6, len(starts), neurons))
    for group in neuron_groups(responses):
        response = mean_over_repeats(read_responses(responses, group))[order]
        traces = np.stack([read_prediction(prediction, group)[order] for _, prediction in checked])
        failed = np.isnan(traces).all(axis=1, keepdims=True)
        traces = np.where(failed, 0, traces)
        mask = ~np.isnan(response) & ~np.isnan(traces).any(axis=0)
        y = _standardise(response, mask, RESPONSE_RESOLUTION)
        for total, trace in zip(sums, traces, strict=True):
            p = _standardise(trace, mask, PREDICTION_RESOLUTION)
            for row, values in enumerate((mask.astype(np.float64), y, p, y * y, p * p, y * p)):
                total[row, :, group] = np.add.reduceat(values, starts, axis=0)
    return [total[:, total[0].any(axis=1)] for total in sums]


def _standardise(
    values: Float64[np.ndarray, "frame neuron"], mask: np.ndarray, resolution: float
) -> Float64[np.ndarray, "frame neuron"]:
    """Scale to mean 0 and variance 1 over `mask`; 0 outside it and where constant."""
    centred = centre(values, mask)
    power = np.square(centred).sum(axis=0)
    valid = varies(values, mask, 0, resolution) & (power > 0)
    return centred * np.sqrt(np.divide(mask.sum(axis=0), power, out=np.zeros(len(power)), where=valid))


def block_correlations(
    sums: BlockSums, weights: Float64[np.ndarray, "draw block"]
) -> Float64[np.ndarray, "draw neuron"]:
    """Correlate over blocks, each taken `weights` times, from the sums of `block_sums`.

    NaN where the response is constant over them, 0 where the prediction is.
    """
    bins, y, p, yy, pp, yp = weights @ sums
    recorded = bins > 0
    y, p, yy, pp, yp = (ratio(total, bins, recorded) for total in (y, p, yy, pp, yp))
    spread_y, spread_p = yy - y * y, pp - p * p
    valid = (spread_y > CONSTANT) & (spread_p > CONSTANT)
    spread = np.sqrt(np.where(valid, spread_y * spread_p, 1))
    return np.where(spread_y > CONSTANT, np.where(valid, (yp - y * p) / spread, 0), np.nan)
