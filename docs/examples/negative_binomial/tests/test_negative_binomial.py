"""The negative binomial readout: its likelihood, its Poisson limit, and counts on which it is right."""

import numpy as np
import pytest
import torch
from scipy.special import gammaln
from scipy.stats import nbinom
from torch import Tensor

import sysid
from sysid.testing import check_readout
from sysid_negative_binomial.likelihood import log_rising, negative_binomial_loss
from sysid_negative_binomial.readout import NegativeBinomial

DISPERSION = np.array([0.02, 0.5, 2.0])


def dense(**keys) -> sysid.Readout:
    return sysid.discover().find("readout", "dense").config_class(**keys)


def population(lowest=0.0, neurons=3) -> sysid.Population:
    centres = np.full((neurons, 2), np.nan)
    names = tuple(f"cell {number}" for number in range(neurons))
    return sysid.Population(names, (1, 1), centres, lambda: np.zeros((1, 1, 1, 1, neurons)), lowest)


def all_recorded(values: Tensor) -> Tensor:
    return torch.ones_like(values, dtype=torch.bool)


@pytest.mark.parametrize("wrapped", [dense(), dense(nonlinearity="exponential", batch_norm=False)])
def test_it_keeps_what_its_interface_promises(wrapped):
    check_readout(NegativeBinomial(wrapped=wrapped))


@pytest.mark.parametrize("dispersion", [0.001, 0.3, 5.0])
def test_the_loss_is_the_likelihood_of_scipy(dispersion):
    counts, mean = np.arange(40.0), np.linspace(0.1, 9, 40)
    size = 1 / dispersion
    expected = -(nbinom.logpmf(counts, size, size / (size + mean)) + gammaln(counts + 1)).mean()
    rates, responses = torch.from_numpy(mean)[:, None, None], torch.from_numpy(counts)[:, None, None]
    found = negative_binomial_loss(
        rates, torch.tensor([dispersion]).double(), responses, all_recorded(responses)
    )
    assert float(found) == pytest.approx(expected, abs=1e-6)


def test_without_dispersion_it_is_the_poisson_loss_in_single_precision_too():
    generator = torch.Generator().manual_seed(0)
    rates = 5 * torch.rand(50, 1, 3, generator=generator)
    counts = torch.poisson(rates, generator=generator)
    found = negative_binomial_loss(rates, torch.full((3,), 1e-7), counts, all_recorded(counts))
    torch.testing.assert_close(found, sysid.poisson_loss(rates, counts, all_recorded(counts)))


def test_no_digits_are_lost_for_large_and_small_sizes():
    size = torch.logspace(-3, 7, 21)
    counts = torch.tensor([0.0, 1, 2, 30])[:, None, None].expand(4, 1, 21)
    exact = np.stack(
        [np.log1p(np.arange(count) / size[:, None].double().numpy()).sum(axis=1) for count in (0, 1, 2, 30)]
    )  # of whole numbers it is Σ log(1 + k/r)
    np.testing.assert_allclose(log_rising(counts, size)[:, 0], exact, rtol=2e-5, atol=2e-5)


def test_bins_that_were_not_recorded_count_for_nothing():
    rates, counts = torch.ones(2, 1, 3), torch.ones(2, 1, 3)
    mask = torch.tensor([True, False])[:, None, None].expand(2, 1, 3)
    alone = negative_binomial_loss(rates[:1], torch.ones(3), counts[:1], mask[:1])
    torch.testing.assert_close(negative_binomial_loss(rates, torch.ones(3), 9 * counts - 8, mask), alone)


def test_responses_below_zero_are_refused():
    expected = "as they go down to -1.5 and counts never do, got the negative binomial"
    with pytest.raises(sysid.SysidError, match=expected):
        NegativeBinomial(wrapped=dense(loss="mse")).build((1, 4, 1, 1), population(lowest=-1.5))


def test_what_the_wrapped_readout_refuses_is_told_with_its_place():
    wrapped = dense(nonlinearity="identity")
    with pytest.raises(sysid.SysidError, match=r"^readout\.wrapped\.nonlinearity: expected one whose rates"):
        NegativeBinomial(wrapped=wrapped).build((1, 4, 1, 1), population())


def simulate(bins=4000) -> tuple[Tensor, Tensor]:
    """Return features and counts of three cells whose gain fluctuates, one of them hardly."""
    generator = np.random.default_rng(1)
    features = generator.normal(size=(bins, 4))
    mean = np.exp(0.4 * features @ generator.normal(size=(4, 3)) + 1)
    gain = generator.gamma(1 / DISPERSION, DISPERSION, size=(bins, 3))  # mean 1, variance α
    counts = generator.poisson(gain * mean).astype(np.float32)
    return torch.from_numpy(features.astype(np.float32))[:, None, :, None, None], torch.from_numpy(counts)[
        :, None
    ]


def fit(module: sysid.ReadoutModule, features: Tensor, counts: Tensor) -> None:
    optimizer = torch.optim.Adam(module.parameters(), lr=0.03)
    for _ in range(300):
        optimizer.zero_grad()
        module.loss(module(features, None)[0], counts, all_recorded(counts)).backward()
        optimizer.step()


def test_on_overdispersed_counts_it_predicts_held_out_bins_better_than_poisson_and_finds_the_dispersion():
    features, counts = simulate()
    plain = dense(nonlinearity="exponential", batch_norm=False)
    held_out, losses = slice(3000, None), {}
    for name, config in (("poisson", plain), ("negative binomial", NegativeBinomial(wrapped=plain))):
        torch.manual_seed(0)
        module = config.build((1, 4, 1, 1), population())
        fit(module, features[:3000], counts[:3000])
        with torch.no_grad():
            rates = module(features[held_out], None)[0]
            losses[name] = float(module.loss(rates, counts[held_out], all_recorded(counts[held_out])))
    assert losses["negative binomial"] < losses["poisson"] - 0.2  # both leave out log y!
    np.testing.assert_allclose(module.dispersion().detach().numpy(), DISPERSION, rtol=0.25, atol=0.02)
