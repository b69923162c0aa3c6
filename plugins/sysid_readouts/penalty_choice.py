"""Which of several penalties to keep, judged on bins that none of them was fitted to."""

from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

PenaltyChoice = Literal["population", "neuron"]
ROUNDING = 1e-9  # a variance below this part of the mean square is rounding error


class CorrelationSums:
    """Correlate predictions with responses, bin by bin, without keeping the bins."""

    def __init__(self) -> None:
        self.sums: Tensor | None = None

    def add(
        self,
        predictions: Float[Tensor, "bin penalty neuron"],
        responses: Float[Tensor, "bin neuron"],
        mask: Bool[Tensor, "bin neuron"],
    ) -> None:
        """Take in some bins; those where `mask` is false do not count."""
        recorded = mask[:, None].double()
        predicted = predictions.double() * recorded
        observed = torch.where(mask, responses, 0)[:, None].double().expand_as(predicted)
        terms = (
            recorded.expand_as(predicted),
            predicted,
            observed,
            predicted.square(),
            observed.square(),
            predicted * observed,
        )
        sums = torch.stack([term.sum(0) for term in terms])
        self.sums = sums if self.sums is None else self.sums + sums

    def correlation(self) -> Float[Tensor, "penalty neuron"] | None:
        """Return each CC: NaN where the response never changes, 0 where only the prediction does not.

        None if there were no bins at all.
        """
        if self.sums is None:
            return None
        bins, predicted, observed, predicted_square, observed_square, product = self.sums
        count = bins.clamp(min=1)
        covariance = product / count - predicted * observed / count**2
        predicted_variance = predicted_square / count - (predicted / count).square()
        observed_variance = observed_square / count - (observed / count).square()
        moving = predicted_variance > ROUNDING * predicted_square / count
        scored = observed_variance > ROUNDING * observed_square / count
        scale = (predicted_variance * observed_variance).clamp(min=1e-300).sqrt()
        correlation = torch.where(moving, covariance / scale, 0)
        return torch.where(scored, correlation, torch.nan)


def choose_penalty(
    correlation: Float[Tensor, "penalty neuron"] | None,
    cross_validation: Float[Tensor, "penalty neuron"],
    choice: PenaltyChoice,
) -> Int[Tensor, " neuron"]:
    """Return the row of each neuron's penalty; rows must go from the strongest penalty to the weakest.

    The best correlation on validation bins wins, averaged over the neurons that have one, or for each neuron
    by itself; a neuron without one takes the population's. Where nobody has one, the smallest generalised
    cross-validation error decides, as the mean of its logarithm. Of equals the strongest penalty wins.
    """
    if correlation is None or not torch.isfinite(correlation).any():
        score = -cross_validation.clamp(min=1e-300).log()
    else:
        score = correlation
    best = score.nanmean(dim=1).argmax()
    if choice == "population":
        return best.expand(score.shape[1])
    own = torch.nan_to_num(score, nan=-torch.inf).argmax(dim=0)
    return torch.where(torch.isfinite(score).all(dim=0), own, best)
