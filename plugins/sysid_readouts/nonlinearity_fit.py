"""Fit a neuron's static nonlinearity to its linear drive, for all neurons at once."""

import attrs
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import softplus

from sysid_readouts.nonlinearity import Nonlinearity
from sysid_readouts.observation import Observation

STEPS = 40
BOUND = 12.0  # on log α, log gain and offset: flat directions lead nowhere beyond it
SILENT_SPIKES = 0.5  # what a neuron that never fired is taken to have fired in all bins together


@attrs.frozen(eq=False)
class StaticFit:
    """rate = alpha·f(gain·drive + offset), each (neuron,); f is log(1 + exp(x)), exp(x) or x."""

    alpha: Tensor
    gain: Tensor
    offset: Tensor


def fit_nonlinearity(
    drives: Float[Tensor, "bin neuron"],
    responses: Float[Tensor, "bin neuron"],
    mask: Bool[Tensor, "bin neuron"],
    nonlinearity: Nonlinearity,
    observation: Observation,
) -> StaticFit:
    """Find α, gain and offset of each neuron by damped scoring steps on the loss.

    A step is kept only where it lowers the neuron's loss, so none can diverge. α is 1 but for the parametric
    softplus; gains are positive: a higher drive never means a lower rate. A neuron whose drive never changes,
    or that never fired, gets a constant rate (gain 0): its mean, at least half a spike over all bins. For the
    identity, which is for responses below zero as well, the fit is a line.
    """
    if nonlinearity == "identity":
        return _fit_line(drives, responses, mask)
    weight = mask.double() / mask.sum(0).clamp(min=1)
    drive, observed = drives.double(), torch.where(mask, responses, 0).double()
    mean = (weight * drive).sum(0)
    sd = (weight * (drive - mean).square()).sum(0).sqrt()
    rate = (weight * observed).sum(0)
    fitted = (sd > 1e-6 * mean.abs()) & (sd > 0) & (rate > 0)
    floor = SILENT_SPIKES / mask.sum(0).clamp(min=1)
    scaled = torch.where(fitted, (drive - mean) / torch.where(fitted, sd, 1), 0)
    problem = _Problem(scaled, observed, weight, nonlinearity, observation)
    log_alpha, log_gain, offset = _descend(problem, problem.start(torch.maximum(rate, floor)))
    alpha = log_alpha.exp()
    gain = torch.where(fitted, log_gain.exp() / torch.where(fitted, sd, 1), 0)
    constant = _inverse(torch.maximum(rate, floor) / alpha, nonlinearity)
    return StaticFit(alpha, gain, torch.where(fitted, offset - gain * mean, constant))


def _fit_line(
    drives: Float[Tensor, "bin neuron"],
    responses: Float[Tensor, "bin neuron"],
    mask: Bool[Tensor, "bin neuron"],
) -> StaticFit:
    """Return the line of least squares, level where a neuron's drive never changes or the line would fall."""
    weight = mask.double() / mask.sum(0).clamp(min=1)
    drive, observed = drives.double(), torch.where(mask, responses, 0).double()
    mean, level = (weight * drive).sum(0), (weight * observed).sum(0)
    spread = (weight * (drive - mean).square()).sum(0)
    shared = (weight * (drive - mean) * (observed - level)).sum(0)
    rising = (spread > 1e-12 * mean.square()) & (spread > 0) & (shared > 0)
    gain = torch.where(rising, shared / torch.where(rising, spread, 1), 0)
    return StaticFit(torch.ones_like(gain), gain, level - gain * mean)


def _inverse(rate: Tensor, nonlinearity: Nonlinearity) -> Tensor:
    """Return x with f(x) = rate."""
    return rate.log() if nonlinearity == "exponential" else rate + torch.log(-torch.expm1(-rate))


@attrs.frozen(eq=False)
class _Problem:
    """The loss of θ = (log α, log gain, offset), (3, neuron), on drives of zero mean and unit variance."""

    drive: Tensor  # bin neuron
    observed: Tensor  # bin neuron
    weight: Tensor  # bin neuron, sums to one over the recorded bins
    nonlinearity: Nonlinearity
    observation: Observation

    @property
    def free(self) -> Tensor:
        """Return which of the three are fitted, as ones and zeros."""
        return torch.tensor([self.nonlinearity == "parametric_softplus", 1, 1], dtype=torch.float64)

    def start(self, rate: Tensor) -> Tensor:
        """Return θ that predicts about the mean rate, with a mild slope."""
        theta = torch.zeros(3, len(rate), dtype=torch.float64)
        if self.nonlinearity == "parametric_softplus":
            at_zero = softplus(self.drive)
            theta[0] = (rate / (self.weight * at_zero).sum(0).clamp(min=1e-3)).log()
        else:
            theta[1] = -1.0
            theta[2] = _inverse(rate, self.nonlinearity)
        return theta.clamp(-BOUND, BOUND)

    def rates(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return rates and their derivative to the argument of f, (bin, neuron)."""
        argument = theta[1].exp() * self.drive + theta[2]
        if self.nonlinearity == "exponential":
            rates = argument.clamp(max=50).exp()  # far above any rate, far below overflow
            return rates, rates
        alpha = theta[0].exp()
        return alpha * softplus(argument) + 1e-12, alpha * torch.sigmoid(argument)

    def loss(self, theta: Tensor) -> Float[Tensor, " neuron"]:
        """Return each neuron's loss."""
        rates, _ = self.rates(theta)
        if self.observation == "mse":
            return (self.weight * (rates - self.observed).square()).sum(0)
        return (self.weight * (rates - self.observed * rates.log())).sum(0)

    def scoring(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gradient (3, neuron) and the Fisher matrix (neuron, 3, 3)."""
        rates, slope = self.rates(theta)
        by_offset = slope
        by_parameter = torch.stack([rates, slope * theta[1].exp() * self.drive, by_offset])  # 3 bin neuron
        by_parameter = by_parameter * self.free[:, None, None]
        curvature = 1 / rates if self.observation == "poisson" else torch.full_like(rates, 2)
        residual = curvature * (rates - self.observed)
        gradient = torch.einsum("pbn,bn->pn", by_parameter, self.weight * residual)
        fisher = torch.einsum("pbn,bn,qbn->npq", by_parameter, self.weight * curvature, by_parameter)
        return gradient, fisher


def _descend(problem: _Problem, theta: Tensor) -> Tensor:
    """Take damped scoring steps (Levenberg 1944, Marquardt 1963), each neuron with a damping of its own."""
    neurons = theta.shape[1]
    damping = torch.full((neurons,), 1e-3, dtype=torch.float64)
    loss = problem.loss(theta)
    for _ in range(STEPS):
        gradient, fisher = problem.scoring(theta)
        scale = fisher.diagonal(dim1=1, dim2=2).mean(1).clamp(min=1e-12)
        damped = fisher + torch.diag_embed((damping * scale)[:, None].expand(neurons, 3))
        step = torch.linalg.solve(damped, gradient.T[..., None])[..., 0].T
        proposal = (theta - step * problem.free[:, None]).clamp(-BOUND, BOUND)
        proposed = problem.loss(proposal)
        better = proposed < loss
        gain = torch.where(better, loss - proposed, 0)
        theta = torch.where(better, proposal, theta)
        loss = torch.where(better, proposed, loss)
        damping = torch.where(better, damping / 10, damping * 10).clamp(1e-9, 1e9)
        if bool((gain <= 1e-9 * (1 + loss.abs())).all()) and bool((better | (damping > 1e3)).all()):
            break
    return theta
