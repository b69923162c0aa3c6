"""Two predictions of the same bins, as sums over blocks of time from which every exchange of them follows."""

import attrs
import numpy as np
from jaxtyping import Bool, Float, Float64, Int, Num

from sysid import metrics

CONSTANT = 1e-12  # variance of an exchanged prediction, of those of variance 1, that is zero but for rounding


@attrs.frozen(eq=False)
class PairedFold:
    """Hold the sums of one fold over the cells that can be scored; traces have mean 0 and variance 1.

    Attributes:
        bins: (block, neuron), recorded bins.
        a, b: (3, block, neuron), Σ p, Σ p² and Σ y·p of either prediction.
    """

    bins: Float64[np.ndarray, "block neuron"]
    a: Float64[np.ndarray, "sum block neuron"]
    b: Float64[np.ndarray, "sum block neuron"]

    @property
    def blocks(self) -> int:
        """How many blocks have a recorded bin."""
        return self.bins.shape[0]

    @property
    def scorable(self) -> bool:
        """Whether any cell can be scored."""
        return self.bins.size > 0

    def exchange(self, signs: Float64[np.ndarray, "exchange block"]) -> Float64[np.ndarray, " exchange"]:
        """Return mean CC of a minus that of b with the two exchanged in the blocks where a sign is −1."""
        middle, half = (self.a + self.b).sum(axis=1) / 2, (self.a - self.b) / 2
        moved = signs @ half  # sum exchange neuron
        bins = self.bins.sum(axis=0)
        first, second = (self._correlate((middle[:, None] + way) / bins) for way in (moved, -moved))
        return (first - second).mean(axis=1)

    @staticmethod
    def _correlate(means: Float64[np.ndarray, "sum row neuron"]) -> Float64[np.ndarray, "row neuron"]:
        """Correlate with the response from the means of p, p² and y·p; 0 where p is constant."""
        variance = means[1] - np.square(means[0])
        varies = variance > CONSTANT
        return np.where(varies, means[2], 0) / np.sqrt(np.where(varies, variance, 1))

    @property
    def contributions(self) -> Float64[np.ndarray, " block"]:
        """What each block adds to mean CC of a minus that of b; see `block_contributions`."""
        added = (self.a[2] - self.b[2]) / self.bins.sum(axis=0)
        return added.sum(axis=1) / max(added.shape[1], 1)


def pair_predictions(
    responses: Num[np.ndarray, "repeat bin neuron"],
    prediction_a: Float[np.ndarray, "bin neuron"],
    prediction_b: Float[np.ndarray, "bin neuron"],
    block: Int[np.ndarray, " bin"],
) -> PairedFold:
    """Sum two predictions over blocks of time, in the order of the blocks' numbers.

    A bin counts for a cell where it has a response (NaN = not recorded) and both predictions. A cell with a
    constant mean response over repeats is left out; a prediction that is constant, infinite anywhere or NaN
    throughout counts as 0, so its CC is 0. Blocks in which nothing was recorded are left out.
    """
    predictions = [_read(prediction) for prediction in (prediction_a, prediction_b)]
    present = ~np.isnan(predictions).any(axis=0)  # bin neuron
    recorded = np.where(present, responses.astype(np.float64), np.nan)
    cells = np.asarray(metrics.scorable(recorded))
    recorded = recorded[:, :, cells]
    repeats = (~np.isnan(recorded)).sum(axis=0)
    mask = repeats > 0
    response = _standardise(np.nansum(recorded, axis=0) / np.maximum(repeats, 1), mask)
    traces = [mask.astype(np.float64)]
    for prediction in (each[:, cells] for each in predictions):
        varies = np.isfinite(metrics.correlation(recorded, np.where(mask, prediction, np.nan)))
        scaled = _standardise(prediction, mask) * varies
        traces += [scaled, scaled**2, response * scaled]
    sums = _add_up(np.stack(traces), block, mask.any(axis=1))
    return PairedFold(bins=sums[0], a=sums[1:4], b=sums[4:])


def _add_up(
    traces: Float64[np.ndarray, "trace bin cell"],
    block: Int[np.ndarray, " bin"],
    used: Bool[np.ndarray, " bin"],
) -> Float64[np.ndarray, "trace block cell"]:
    """Sum over the `used` bins of each block, in the order of the blocks' numbers."""
    order = np.argsort(block[used], kind="stable")
    if not len(order):
        return traces[:, :0]
    _, starts = np.unique(block[used][order], return_index=True)
    return np.add.reduceat(traces[:, used][:, order], starts, axis=1)


def _read(prediction: Float[np.ndarray, "bin neuron"]) -> Float64[np.ndarray, "bin neuron"]:
    """Return a prediction with its cells that failed (infinite anywhere, NaN throughout) as constants."""
    values = prediction.astype(np.float64)
    failed = np.isinf(values).any(axis=0) | np.isnan(values).all(axis=0)
    return np.where(failed, 0, values)


def _standardise(
    values: Float64[np.ndarray, "bin neuron"], mask: Bool[np.ndarray, "bin neuron"]
) -> Float64[np.ndarray, "bin neuron"]:
    """Scale each cell to mean 0 and variance 1 over its bins in `mask`; 0 outside, and where constant."""
    bins = np.maximum(mask.sum(axis=0), 1)
    centred = np.where(mask, values - np.where(mask, values, 0).sum(axis=0) / bins, 0)
    spread = np.sqrt(np.square(centred).sum(axis=0) / bins)
    return centred / np.where(spread > 0, spread, 1)
