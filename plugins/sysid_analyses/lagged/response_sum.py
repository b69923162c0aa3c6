"""What each neuron's average needs to know of its responses before the movie is read."""

import attrs
import numpy as np
from jaxtyping import Bool, Float, Float64, Int, Int8

from sysid_analyses.lagged.correlation import READ_AT_ONCE

LARGEST_COUNT = 43  # in a bin, for exact sums: 512 · 60 of these are what three primes can tell apart
ROUNDING = 1e-10  # of a weight of 1 / bins; sums of a million responses are good to 1e-10


@attrs.frozen(eq=False)
class ResponseSums:
    """Hold sums over the bins that count: recorded, and with a whole window before them.

    Attributes:
        lags: of a window.
        total: of responses.
        bins: that count.
        whole: whether all responses are whole numbers of at most 43 in magnitude.
        mask: neurons with the same number count the same bins.
        examples: one neuron for each of these numbers.
    """

    lags: int
    total: Float64[np.ndarray, " neuron"]
    bins: Int[np.ndarray, " neuron"]
    whole: bool
    mask: Int[np.ndarray, " neuron"]
    examples: Int[np.ndarray, " mask"]

    def weigh(
        self, responses: Float[np.ndarray, "bin some"], first: int, neurons: slice
    ) -> Float64[np.ndarray, "bin some"]:
        """Return weights that add up to zero over all bins, with which the sum of windows is the average.

        Args:
            responses: of some bins and neurons.
            first: number of the first of these bins.
            neurons: which.

        Returns:
            r / Σ r − 1 / bins, or zero for a neuron whose responses do not add up to more than zero.
        """
        recorded = recorded_bins(responses, self.lags - first)
        total, bins = self.total[neurons], np.maximum(self.bins[neurons], 1)
        known = total > 0
        weights = np.where(recorded, responses, 0).astype(np.float64)
        weights /= np.where(known, total, 1)
        weights -= recorded / bins
        weights[(np.abs(weights) * bins < ROUNDING) | ~known] = 0  # a constant response has none at all
        return weights

    def count(
        self, responses: Float[np.ndarray, "bin neuron"], first: int, columns: slice
    ) -> Int8[np.ndarray, "bin column"]:
        """Return whole responses in 8 bits; columns after the last neuron mark the bins that count."""
        neurons = responses.shape[1]
        own = responses[:, columns]
        counts = np.zeros((len(responses), columns.stop - columns.start), dtype=np.int8)
        np.copyto(
            counts[:, : own.shape[1]], own, where=recorded_bins(own, self.lags - first), casting="unsafe"
        )
        if columns.stop > neurons:
            examples = self.examples[max(0, columns.start - neurons) : columns.stop - neurons]
            counts[:, own.shape[1] :] = recorded_bins(responses[:, examples], self.lags - first)
        return counts


def sum_responses(responses: Float[np.ndarray, "frame neuron"], lags: int) -> ResponseSums:
    """Go through the responses once."""
    frames, neurons = responses.shape
    total, bins = np.zeros(neurons), np.zeros(neurons, dtype=np.int64)
    whole, mask = True, np.zeros(neurons, dtype=np.int64)
    step = max(1, READ_AT_ONCE // neurons)
    for start in range(lags - 1, frames, step):
        some = responses[start : start + step]
        recorded = ~np.isnan(some)
        if recorded.all():
            bins += len(some)
        else:
            some, mask = np.where(recorded, some, 0), _tell_apart(mask, recorded)
            bins += recorded.sum(axis=0)
        total += some.sum(axis=0, dtype=np.float64)
        whole = whole and _are_counts(some)
    return ResponseSums(lags, total, bins, whole, mask, np.unique(mask, return_index=True)[1])


def recorded_bins(
    responses: Float[np.ndarray, "frame neuron"], lags: int
) -> Bool[np.ndarray, "frame neuron"]:
    """Mark the bins that count: recorded, and with a whole window before them."""
    recorded = ~np.isnan(responses)
    recorded[: max(0, lags - 1)] = False
    return recorded


def _are_counts(responses: Float[np.ndarray, "bin neuron"]) -> bool:
    """Tell whether all are whole numbers of at most 43 in magnitude."""
    with np.errstate(invalid="ignore"):  # a number that is too large becomes another one, which is the test
        counts = responses.astype(np.int8)
    return bool(
        counts.max() <= LARGEST_COUNT and counts.min() >= -LARGEST_COUNT and (counts == responses).all()
    )


def _tell_apart(
    mask: Int[np.ndarray, " neuron"], recorded: Bool[np.ndarray, "bin neuron"]
) -> Int[np.ndarray, " neuron"]:
    """Return numbers that are the same for neurons that had the same, and have the same bins here."""
    if (recorded == recorded[:, :1]).all():
        return mask
    numbers: dict[tuple[int, bytes], int] = {}
    bits = np.ascontiguousarray(np.packbits(recorded, axis=0).T)
    keys = [(before, own.tobytes()) for before, own in zip(mask.tolist(), bits, strict=True)]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys])
