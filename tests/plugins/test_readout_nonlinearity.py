"""Static nonlinearities and their fit."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from sysid_readouts.nonlinearity import make_nonlinearity
from sysid_readouts.nonlinearity_fit import fit_nonlinearity


def test_parametric_softplus_is_alpha_log_one_plus_exp_beta_x():
    module = make_nonlinearity("parametric_softplus", 2, alpha=0.2, beta=5.0)
    rates = module(torch.tensor([[0.3, -1.0]]))
    expected = [[0.2 * math.log(1 + math.exp(1.5)), 0.2 * math.log(1 + math.exp(-5.0))]]
    torch.testing.assert_close(rates, torch.tensor(expected))


def test_parametric_softplus_has_two_parameters_per_neuron():
    module = make_nonlinearity("parametric_softplus", 7, alpha=0.2, beta=5.0)
    assert sum(p.numel() for p in module.parameters()) == 14


def test_rates_stay_non_negative_and_trainable_when_alpha_is_pushed_below_zero():
    module = make_nonlinearity("parametric_softplus", 3, alpha=0.2, beta=5.0)
    with torch.no_grad():
        module.alpha.fill_(-0.1)
    rates = module(torch.randn(5, 3))
    rates.sum().backward()
    assert (rates > 0).all()
    assert (module.alpha.grad != 0).all()


@pytest.mark.parametrize("kind", ["softplus", "exponential"])
def test_nonlinearities_without_parameters_follow_their_formula(kind):
    drive = torch.tensor([[-2.0, 0.0, 3.0]])
    expected = drive.exp() if kind == "exponential" else torch.log(1 + drive.exp())
    torch.testing.assert_close(make_nonlinearity(kind, 3, 0.2, 5.0)(drive), expected)


def _simulate(kind: str, bins: int = 4000):
    generator = torch.Generator().manual_seed(3)
    drive = 0.1 * torch.randn(bins, 2, generator=generator) + 0.3
    if kind == "exponential":
        rates = (8 * drive - 3).exp()
    elif kind == "softplus":
        rates = torch.nn.functional.softplus(12 * drive - 4)
    else:
        rates = 0.4 * torch.nn.functional.softplus(25 * drive - 9)
    return drive, torch.poisson(rates, generator=generator), torch.ones(bins, 2, dtype=torch.bool)


def _loss(theta, kind, observation, drive, observed):
    alpha = math.exp(theta[0]) if kind == "parametric_softplus" else 1.0
    argument = math.exp(theta[1]) * drive + theta[2]
    f = np.exp(np.minimum(argument, 50)) if kind == "exponential" else np.logaddexp(0, argument)
    rates = alpha * f + 1e-12
    each = (rates - observed) ** 2 if observation == "mse" else rates - observed * np.log(rates)
    return each.mean()


@pytest.mark.parametrize("observation", ["poisson", "mse"])
@pytest.mark.parametrize("kind", ["parametric_softplus", "softplus", "exponential"])
def test_fit_is_as_good_as_a_generic_optimiser(kind, observation):
    drive, observed, mask = _simulate(kind)
    fit = fit_nonlinearity(drive, observed, mask, kind, observation)
    for neuron in range(2):
        arguments = (
            kind,
            observation,
            drive[:, neuron].double().numpy(),
            observed[:, neuron].double().numpy(),
        )
        ours = [float(fit.alpha[neuron].log()), float(fit.gain[neuron].log()), float(fit.offset[neuron])]
        best = minimize(
            _loss, [0.0, 2.0, -2.0], args=arguments, method="Nelder-Mead", options={"maxiter": 3000}
        )
        assert _loss(ours, *arguments) <= best.fun + 1e-5


def test_fit_ignores_masked_bins():
    drive, observed, mask = _simulate("softplus")
    half = mask.clone()
    half[2000:] = False
    corrupted = torch.where(half, observed, 1e6)
    masked = fit_nonlinearity(drive, corrupted, half, "softplus", "poisson")
    subset = fit_nonlinearity(drive[:2000], observed[:2000], mask[:2000], "softplus", "poisson")
    torch.testing.assert_close(masked.gain, subset.gain, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(masked.offset, subset.offset, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["parametric_softplus", "softplus", "exponential"])
def test_neurons_that_cannot_be_fitted_get_a_constant_rate(kind):
    drive, observed, mask = _simulate(kind, bins=100)
    drive[:, 0] = 0.25  # a drive that never changes
    observed[:, 1] = 0  # never fired
    fit = fit_nonlinearity(drive, observed, mask, kind, "poisson")
    argument = fit.gain * drive.double() + fit.offset
    f = argument.exp() if kind == "exponential" else torch.nn.functional.softplus(argument)
    rates = fit.alpha * f
    assert fit.gain.tolist() == [0, 0]
    torch.testing.assert_close(rates[0], torch.tensor([float(observed[:, 0].mean()), 0.5 / 100]).double())


@pytest.mark.parametrize("kind", ["parametric_softplus", "softplus", "exponential"])
def test_fit_stays_finite_where_spikes_and_drive_are_perfectly_separable(kind):
    drive = torch.linspace(-1, 1, 40)[:, None]
    observed = (drive > 0).float() * 1000
    fit = fit_nonlinearity(drive, observed, torch.ones(40, 1, dtype=torch.bool), kind, "poisson")
    assert all(torch.isfinite(each).all() for each in (fit.alpha, fit.gain, fit.offset))
