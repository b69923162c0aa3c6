"""Check a readout's loss: an average over recorded bins that better predictions lower."""

import attrs
import torch
from torch import Tensor, nn

from sysid.interface import ReadoutModule
from sysid.testing.gradient_check import Objective, weigh
from sysid.testing.part import Part

ROUNDING = 1e-4


@attrs.frozen(eq=False)
class Responses:
    """Draw responses that a population might have given.

    Attributes:
        part: the readout.
        lowest: response; below zero they are no counts.
    """

    part: Part
    lowest: float

    def draw(self, shape: tuple[int, ...], seed: int = 0) -> tuple[Tensor, Tensor]:
        """Return responses, zero where not recorded, and the mask."""
        generator = torch.Generator().manual_seed(seed)
        if self.lowest < 0:
            values = torch.randn(shape, generator=generator).clamp(min=self.lowest)
        else:
            values = torch.poisson(torch.full(shape, 1.5), generator=generator)
        mask = torch.rand(shape, generator=generator) < 0.7
        mask.flatten()[0] = True  # something was recorded
        return torch.where(mask, values, 0.0), mask

    def objective(self, module: nn.Module) -> Objective:
        """Return the loss, and the rates themselves: what acts on either has a gradient."""

        def loss(rates: Tensor) -> Tensor:
            return module.loss(rates, *self.draw(tuple(rates.shape))) + weigh(module)(rates)  # type: ignore[operator]  # a readout

        return loss


def check_loss(part: Part, responses: Responses) -> None:
    """Expect a finite scalar, an average over the recorded bins alone, that is lower for better rates.

    Raises:
        AssertionError: it is something else.
    """
    module = part.build()
    if not isinstance(module, ReadoutModule):
        raise TypeError("only readouts have a loss")
    shape = tuple(part.evaluate(module, part.draw(), "loss").shape)
    observed, mask = responses.draw(shape)
    rates = torch.rand(shape, generator=torch.Generator().manual_seed(1)) + 0.5
    value = _loss(part, module, rates, observed, mask)
    part.subject.expect(
        value.dim() == 0 and bool(torch.isfinite(value)),
        "loss",
        "a finite scalar",
        f"a tensor of shape {tuple(value.shape)}" if value.dim() else f"{float(value)}",
        "Usual mistake: it is not averaged over all axes, or takes the logarithm of zero.",
    )
    _check_mask(part, module, (rates, observed, mask), value)
    _check_average(part, module, (rates, observed, mask), value)
    _check_truth(part, module, mask)


def _loss(part: Part, module: ReadoutModule, rates: Tensor, observed: Tensor, mask: Tensor) -> Tensor:
    with part.subject.running("loss", "loss(rates, responses, mask)"):
        return module.loss(rates, observed, mask).detach()  # it may have parameters of its own


def _check_mask(
    part: Part, module: ReadoutModule, given: tuple[Tensor, Tensor, Tensor], value: Tensor
) -> None:
    rates, observed, mask = given
    hint = (
        "Usual mistake: the mean is taken over all bins; take the sum where `mask` is true, over its number."
    )
    other = _loss(part, module, torch.where(mask, rates, 3.0), torch.where(mask, observed, 7.0), mask)
    part.subject.expect(
        abs(float(other - value)) <= ROUNDING * (1 + abs(float(value))),
        "loss",
        "bins that were not recorded, where the mask is false, to count for nothing",
        f"{float(value):.6g} and, with other values there, {float(other):.6g}",
        hint,
    )
    nothing = _loss(part, module, rates, torch.zeros_like(observed), torch.zeros_like(mask))
    part.subject.expect(
        bool(torch.isfinite(nothing)),
        "loss",
        "a finite value where nothing was recorded at all",
        f"{float(nothing)}",
        "Usual mistake: a division by the number of recorded bins; `mask.sum().clamp(min=1)`.",
    )


def _check_average(
    part: Part, module: ReadoutModule, given: tuple[Tensor, Tensor, Tensor], value: Tensor
) -> None:
    twice = _loss(part, module, *(torch.cat([each, each]) for each in given))
    part.subject.expect(
        abs(float(twice - value)) <= ROUNDING * (1 + abs(float(value))),
        "loss",
        "the same value for the same bins given twice, as it is an average",
        f"{float(value):.6g} and {float(twice):.6g}",
        "Usual mistake: a sum, which grows with the batch; penalties belong to forward, not to the loss.",
    )


def _check_truth(part: Part, module: ReadoutModule, mask: Tensor) -> None:
    """Expect rates that are the responses to cost less than rates that are twice or half of them."""
    observed = torch.where(mask, 2.0, 0.0)
    right, high, low = (
        float(_loss(part, module, torch.full_like(observed, rate), observed, mask))
        for rate in (2.0, 4.0, 1.0)
    )
    part.subject.expect(
        right < high and right < low,
        "loss",
        "the lowest value where every response is 2 and every rate is 2",
        f"{right:.4g} there, {high:.4g} for rates of 4 and {low:.4g} for rates of 1",
        "Usual mistake: the sign of a log-likelihood, or responses and rates swapped.",
    )
