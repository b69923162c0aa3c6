"""Spike-triggered average of whole counts and a stimulus of two or three values, from exact sums."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Float64

from sysid_analyses.lagged.correlation import READ_AT_ONCE, Correlation, Movie, sum_lagged
from sysid_analyses.lagged.response_sum import ResponseSums
from sysid_analyses.lagged.symbol import Symbols


def exact_average(
    stimulus: Movie,
    responses: Float[np.ndarray, "frame neuron"],
    sums: ResponseSums,
    symbols: Symbols,
    choose: Callable[[int, int], Correlation],
) -> Float64[np.ndarray, "lag pixel neuron"]:
    """Return Σ r x / Σ r − mean x with sums of whole numbers, rounded only where they are divided.

    The sum over the bins that count is one more column, whatever the number of neurons that share them.
    """
    frames, neurons = responses.shape
    shape = (frames, stimulus[0].size, neurons + len(sums.examples))
    counts = sum_lagged(
        lambda bins, pixels: symbols.read(stimulus[bins].reshape(bins.stop - bins.start, -1)[:, pixels]),
        lambda bins, columns: sums.count(responses[bins], bins.start, columns),
        shape,
        sums.lags,
        choose,
    )
    total = torch.from_numpy(np.where(sums.total > 0, sums.total, 1))
    counted, mask = torch.from_numpy(np.maximum(sums.bins[sums.examples], 1)), torch.from_numpy(sums.mask)
    rows = torch.from_numpy(counts).flatten(0, 1)  # lag and pixel
    for some in rows.split(max(1, READ_AT_ONCE // shape[2])):  # in place: there may be no room for another
        means = some[:, neurons:] / counted
        own = some[:, :neurons].div_(total)
        own.sub_(means if len(counted) == 1 else means[:, mask]).mul_(symbols.spacing)
    return counts[..., :neurons]
