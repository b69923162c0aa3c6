"""Penalised least squares for neurons that each read a window of their own."""

from collections.abc import Iterator

import attrs
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from sysid import FeatureBatches
from sysid_readouts.nonlinearity import Nonlinearity
from sysid_readouts.nonlinearity_fit import StaticFit, fit_nonlinearity
from sysid_readouts.observation import Observation
from sysid_readouts.penalty_choice import CorrelationSums, PenaltyChoice, choose_penalty
from sysid_readouts.regression import GramMoments, RowMoments, ridge_path
from sysid_readouts.smoothness import Smoothness, Whitening, WindowShape

GROUP_BYTES = 1 << 30  # of sums held at once; more neurons take another pass over the training bins


@attrs.frozen(eq=False)
class Plan:
    """What to solve: every neuron's window and how its penalty is chosen.

    Attributes:
        pixels: (neuron, height·width), which feature pixels each neuron reads.
        shape: of one neuron's weights.
        penalties: multipliers of the penalty, from the strongest to the weakest.
    """

    pixels: Int[Tensor, "neuron pixel"]
    shape: WindowShape
    smoothness: Smoothness
    penalties: tuple[float, ...]
    penalty_choice: PenaltyChoice
    nonlinearity: Nonlinearity
    observation: Observation


@attrs.frozen(eq=False)
class Solution:
    """Linear drive x·w + b of each neuron and what makes it a rate.

    Attributes:
        weights: (neuron, feature).
        bias: (neuron,).
        static: rate = alpha·f(gain·drive + offset).
        chosen: headline numbers by name.
    """

    weights: Tensor
    bias: Tensor
    static: StaticFit
    chosen: dict[str, float]


@attrs.frozen(eq=False)
class _Group:
    """Neurons that read the same pixels and were recorded in the same training bins."""

    neurons: Int[Tensor, " neuron"]
    pixels: Int[Tensor, " pixel"]
    bins: int


def solve(plan: Plan, train: FeatureBatches, validation: FeatureBatches) -> Solution:
    """Solve for every penalty, choose one on validation bins, and fit the static nonlinearity.

    Works on the CPU in double precision, which not every accelerator has.
    """
    groups = _group(plan, train)
    weights, bias, cross_validation = _solve_all(plan, groups, train)
    score = CorrelationSums()
    for features, responses, mask in _on_cpu(validation):
        score.add(_drive(plan, groups, features, weights, bias), responses, mask)
    correlation = score.correlation()
    rows = choose_penalty(correlation, cross_validation, plan.penalty_choice)
    neurons = torch.arange(len(rows))
    weights, bias = weights[rows, neurons], bias[rows, neurons]
    static = _fit_static(plan, groups, train, weights, bias)
    chosen = {"penalty": float(torch.tensor(plan.penalties, dtype=torch.float64)[rows].median())}
    if correlation is not None and torch.isfinite(correlation).any():
        chosen["validation_correlation"] = float(correlation[rows, neurons].nanmean())
    return Solution(weights, bias, static, chosen)


def _on_cpu(batches: FeatureBatches) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    for features, responses, mask in batches():
        yield features.cpu().flatten(3), responses.cpu(), mask.cpu()  # batch time channel height·width


def _group(plan: Plan, train: FeatureBatches) -> list[_Group]:
    masks = torch.cat([mask for _, _, mask in _on_cpu(train)])  # bin neuron
    members: dict[tuple[bytes, bytes], list[int]] = {}
    for neuron in range(len(plan.pixels)):
        same = (plan.pixels[neuron].numpy().tobytes(), masks[:, neuron].numpy().tobytes())
        members.setdefault(same, []).append(neuron)
    return [
        _Group(torch.tensor(neurons), plan.pixels[neurons[0]], int(masks[:, neurons[0]].sum()))
        for neurons in members.values()
    ]


def _look(
    plan: Plan, group: _Group, features: Float[Tensor, "bin time channel pixel"]
) -> Float[Tensor, "bin feature"]:
    """Cut a group's window out of the features; of a longer clip only the last time steps count."""
    return features[:, -plan.shape.time :, :, group.pixels].flatten(1)


def _solve_all(plan: Plan, groups: list[_Group], train: FeatureBatches) -> tuple[Tensor, Tensor, Tensor]:
    """Return weights (penalty, neuron, feature), bias and cross-validation error (penalty, neuron)."""
    penalties, neurons, size = len(plan.penalties), len(plan.pixels), plan.shape.features
    weights = torch.zeros(penalties, neurons, size)
    bias = torch.zeros(penalties, neurons)
    cross_validation = torch.full((penalties, neurons), torch.nan, dtype=torch.float64)
    whitening = Whitening(plan.smoothness, plan.shape)
    recorded = [group for group in groups if group.bins]
    at_once = max(1, GROUP_BYTES // (8 * size**2))
    for first in range(0, len(recorded), at_once):
        block = recorded[first : first + at_once]
        for group, moments in zip(block, _accumulate(plan, block, train), strict=True):
            path = ridge_path(moments.spectrum(whitening), whitening, plan.penalties)
            weights[:, group.neurons] = path.weights.float()
            bias[:, group.neurons] = path.bias.float()
            cross_validation[:, group.neurons] = path.cross_validation
    return weights, bias, cross_validation


def _accumulate(plan: Plan, groups: list[_Group], train: FeatureBatches) -> list[RowMoments | GramMoments]:
    moments = [RowMoments() if group.bins <= plan.shape.features else GramMoments() for group in groups]
    for features, responses, mask in _on_cpu(train):
        for group, sums in zip(groups, moments, strict=True):
            recorded = mask[:, group.neurons[0]]
            seen, observed = _look(plan, group, features), responses[:, group.neurons]
            if not recorded.all():
                seen, observed = seen[recorded], observed[recorded]
            sums.add(seen, observed)
    return moments


def _drive(
    plan: Plan,
    groups: list[_Group],
    features: Float[Tensor, "bin time channel pixel"],
    weights: Float[Tensor, "penalty neuron feature"],
    bias: Float[Tensor, "penalty neuron"],
) -> Float[Tensor, "bin penalty neuron"]:
    """Return x·w + b for each penalty."""
    drive = bias.expand(len(features), *bias.shape).clone()
    for group in groups:
        seen = _look(plan, group, features)
        some = weights[:, group.neurons]  # penalty neuron feature
        drive[:, :, group.neurons] += (seen @ some.flatten(0, 1).T).unflatten(1, some.shape[:2])
    return drive


def _fit_static(
    plan: Plan, groups: list[_Group], train: FeatureBatches, weights: Tensor, bias: Tensor
) -> StaticFit:
    drives: list[Tensor] = []
    observed: list[Tensor] = []
    masks: list[Bool[Tensor, "bin neuron"]] = []
    for features, responses, mask in _on_cpu(train):
        drives.append(_drive(plan, groups, features, weights[None], bias[None])[:, 0])
        observed.append(responses)
        masks.append(mask)
    return fit_nonlinearity(
        torch.cat(drives), torch.cat(observed), torch.cat(masks), plan.nonlinearity, plan.observation
    )
