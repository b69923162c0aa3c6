"""The dense readout."""

import numpy as np
import pytest
import torch

import sysid
from sysid_readouts.dense import Dense


def _population(neurons: int) -> sysid.Population:
    ids = tuple(str(number) for number in range(neurons))
    return sysid.Population(
        ids, (6, 7), np.full((neurons, 2), np.nan), lambda: pytest.fail("asked for an STA")
    )


def _build(**fields):
    torch.manual_seed(0)
    return Dense(**fields).build((2, 3, 4, 5), _population(6))


@pytest.mark.parametrize(("features", "weights"), [(200_704, 16_056_400), (2048, 163_920)])
def test_parameters_at_paper_size_are_those_of_the_released_code(features, weights):
    with torch.device("meta"):
        module = Dense().build((1, features, 1, 1), _population(80))
        rates, penalty = module.eval()(torch.empty(2, 1, features, 1, 1), None)
    assert sum(p.numel() for p in module.parameters()) == weights + 160 + 160
    assert rates.shape == (2, 1, 80)
    assert penalty.shape == ()
    assert penalty.device.type == "meta"


def test_every_time_step_is_read_alone():
    module = _build().eval()
    features = torch.randn(4, 2, 3, 4, 5)
    together, _ = module(features, None)
    apart, _ = module(features[:, 1:], None)
    torch.testing.assert_close(together[:, 1:], apart)


def test_features_are_flattened_channel_height_width():
    module = _build(batch_norm=False, nonlinearity="exponential").eval()
    features = torch.randn(4, 2, 3, 4, 5)
    weight = module.linear.weight.unflatten(1, (3, 4, 5))
    expected = torch.einsum("btchw,nchw->btn", features, weight).exp()
    torch.testing.assert_close(module(features, None)[0], expected)


def test_penalty_is_l2_on_weights_plus_l1_on_the_summed_drive():
    module = _build(l2=0.3, activity_l1=0.7).eval()
    features = torch.randn(4, 2, 3, 4, 5)
    drive = features.reshape(8, 60) @ module.linear.weight.T
    expected = 0.3 * (module.linear.weight**2).sum() + 0.7 * drive.abs().sum()
    torch.testing.assert_close(module(features, None)[1], expected)


def test_batch_mean_divides_the_activity_by_the_number_of_bins():
    features = torch.randn(4, 2, 3, 4, 5)
    summed = _build(l2=0.0).eval()(features, None)[1]
    mean = _build(l2=0.0, activity_reduction="batch_mean").eval()(features, None)[1]
    torch.testing.assert_close(mean, summed / 8)


def test_activity_can_be_taken_from_the_rates():
    module = _build(l2=0.0, activity_l1=0.5, activity_on="rates").eval()
    rates, penalty = module(torch.randn(4, 2, 3, 4, 5), None)
    torch.testing.assert_close(penalty, 0.5 * rates.sum())


def test_no_penalty_asked_for_is_zero():
    _, penalty = _build(l2=0.0, activity_l1=0.0)(torch.randn(4, 2, 3, 4, 5), None)
    assert penalty.item() == 0


def test_batch_norm_has_the_momentum_and_epsilon_of_the_released_code():
    module = _build()
    assert (module.batch_norm.momentum, module.batch_norm.eps) == (0.01, 1e-3)


def test_training_standardises_the_drive_of_each_neuron():
    module = _build(nonlinearity="exponential")
    rates, _ = module(torch.randn(400, 2, 3, 4, 5), None)
    drive = rates.log().flatten(0, 1)
    torch.testing.assert_close(drive.mean(0), torch.zeros(6), atol=1e-4, rtol=0)
    torch.testing.assert_close(drive.std(0), torch.ones(6), atol=1e-2, rtol=0)


def test_weights_start_he_normal():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = Dense().build((1, 500, 1, 1), _population(60))
    assert module.linear.weight.std().item() == pytest.approx((2 / 500) ** 0.5, rel=0.02)


@pytest.mark.parametrize("nonlinearity", ["parametric_softplus", "softplus", "exponential"])
def test_rates_are_never_negative(nonlinearity):
    rates, _ = _build(nonlinearity=nonlinearity)(100 * torch.randn(9, 2, 3, 4, 5), None)
    assert (rates >= 0).all()


def test_poisson_loss_leaves_out_what_was_not_recorded():
    module = _build()
    rates, responses = torch.rand(3, 2, 6) + 0.1, torch.rand(3, 2, 6)
    mask = torch.rand(3, 2, 6) > 0.4
    expected = (rates - responses * torch.log(rates + 1e-7))[mask].mean()
    torch.testing.assert_close(module.loss(rates, responses, mask), expected)


def test_mse_loss_is_the_mean_square_of_what_was_recorded():
    module = _build(loss="mse")
    rates, responses = torch.rand(3, 2, 6), torch.rand(3, 2, 6)
    mask = torch.rand(3, 2, 6) > 0.4
    torch.testing.assert_close(module.loss(rates, responses, mask), ((rates - responses) ** 2)[mask].mean())
