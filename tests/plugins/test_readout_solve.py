"""Fitting the window readout by penalised least squares."""

import numpy as np
import pytest
import torch

import sysid
from sysid_readouts.window import Window

SHAPE = (5, 1, 8, 9)  # time channel height width
CENTRES = ((2, 2), (5, 4), (2, 2))


def _population(centres=CENTRES) -> sysid.Population:
    ids = tuple(str(number) for number in range(len(centres)))
    return sysid.Population(
        ids, (8, 9), np.array(centres, dtype=float), lambda: pytest.fail("asked for an STA")
    )


def _passes(features, responses, mask, size=97):
    def start():
        for first in range(0, len(features), size):
            part = slice(first, first + size)
            yield features[part], responses[part], mask[part]

    return start


def _filters() -> torch.Tensor:
    """Make a biphasic, a monophasic and an opposite biphasic filter, (neuron time height width)."""
    time = torch.tensor([0.0, 0.3, 0.6, -1.0, -0.4])
    bump = torch.exp(-((torch.arange(3.0) - 1) ** 2))
    space = bump[:, None] * bump
    each = [time[:, None, None] * space, time.abs()[:, None, None] * space, -time[:, None, None] * space]
    return torch.stack([kernel / kernel.norm() for kernel in each])


def _simulate(bins=3000, seed=0, gain=1.5, offset=-1.0):
    """Simulate linear-nonlinear-Poisson neurons that watch white noise."""
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(bins, *SHAPE, generator=generator)
    windows = torch.stack(
        [features[:, :, 0, 1:4, 1:4], features[:, :, 0, 3:6, 4:7], features[:, :, 0, 1:4, 1:4]], dim=1
    )
    drive = torch.einsum("bnthw,nthw->bn", windows, _filters())
    responses = torch.poisson((gain * drive + offset).exp(), generator=generator)
    return features, responses, torch.ones(bins, 3, dtype=torch.bool)


def _solve(train, validation=None, centres=CENTRES, **fields):
    torch.manual_seed(0)
    module = Window(**{"window_px": 3} | fields).build(SHAPE, _population(centres)).eval()
    empty = tuple(each[:0] for each in train)
    chosen = module.solve(_passes(*train), _passes(*(validation or empty)))
    return module, chosen


def _cosine(module) -> torch.Tensor:
    found = module.weight.detach()[:, :, 0].flatten(1)
    return torch.nn.functional.cosine_similarity(found, _filters().flatten(1))


@pytest.mark.parametrize("nonlinearity", ["parametric_softplus", "softplus", "exponential"])
def test_solve_finds_the_filters_of_simulated_neurons(nonlinearity):
    module, _ = _solve(_simulate(), _simulate(500, seed=1), nonlinearity=nonlinearity)
    assert (_cosine(module) > 0.9).all()


def test_solve_with_the_identity_predicts_the_line_of_least_squares():
    features, responses, mask = train = _simulate()
    responses -= 1  # below zero, as dF/F may be
    module, _ = _solve(train, _simulate(500, seed=1), nonlinearity="identity", loss="mse")
    assert (_cosine(module) > 0.9).all()
    rates = module(features, None)[0].detach()[:, 0]
    assert (rates < 0).any()
    for neuron in range(rates.shape[1]):
        recorded = mask[:, neuron]
        slope, offset = np.polyfit(rates[recorded, neuron], responses[recorded, neuron], 1)
        assert (slope, offset) == (pytest.approx(1, abs=1e-3), pytest.approx(0, abs=1e-3))


def test_solve_finds_the_filters_from_fewer_bins_than_features():
    module, _ = _solve(_simulate(44), _simulate(500, seed=1), window_px=3)  # 45 features
    assert (_cosine(module) > 0.4).all()  # chance: sd 1/√45 = .15


def test_static_nonlinearity_brings_rates_to_the_true_scale():
    module, _ = _solve(_simulate(20_000), _simulate(500, seed=1), nonlinearity="exponential")
    features, _, _ = test = _simulate(2000, seed=2)
    rates, _ = module(features, None)
    drive = torch.einsum("bthw,thw->b", features[:, :, 0, 3:6, 4:7], _filters()[1])
    torch.testing.assert_close(rates[:, 0, 1].detach().log(), 1.5 * drive - 1.0, rtol=0, atol=0.5)
    assert rates.mean().item() == pytest.approx(float(test[1].mean()), rel=0.1)


def test_static_nonlinearity_beats_the_best_straight_line():
    features, responses, mask = _simulate(20_000)
    module, _ = _solve((features, responses, mask), _simulate(500, seed=1))
    rates = module(features, None)[0][:, 0].detach().double().numpy()
    observed = responses.double().numpy()
    for neuron in range(3):
        drive = np.log(np.expm1(rates[:, neuron] / module.nonlinearity.alpha[neuron].item()))
        curved = np.corrcoef(rates[:, neuron], observed[:, neuron])[0, 1]
        straight = np.corrcoef(drive, observed[:, neuron])[0, 1]
        assert curved > straight + 0.02


def test_chosen_penalty_is_one_of_those_tried_and_reported_with_its_score():
    penalties = (0.02, 0.5, 7.0)
    _, chosen = _solve(_simulate(300), _simulate(300, seed=1), penalties=penalties)
    assert chosen["penalty"] in penalties
    assert 0 < chosen["validation_correlation"] < 1


def test_validation_bins_decide_the_penalty():
    train = _simulate(60)
    tried = (1e-4, 1e3)
    scores = {}
    for penalty in tried:
        _, alone = _solve(train, _simulate(800, seed=1), penalties=(penalty,))
        scores[penalty] = alone["validation_correlation"]
    _, chosen = _solve(train, _simulate(800, seed=1), penalties=tried)
    assert chosen["penalty"] == max(scores, key=scores.get)
    assert chosen["validation_correlation"] == pytest.approx(max(scores.values()), abs=1e-6)


def test_without_validation_bins_the_filters_are_still_found():
    module, chosen = _solve(_simulate())
    assert (_cosine(module) > 0.9).all()
    assert "validation_correlation" not in chosen


def test_masked_bins_equal_bins_left_out():
    features, responses, mask = _simulate(600)
    masked = mask.clone()
    masked[400:] = False
    whole, _ = _solve((features, torch.where(masked, responses, 1e5), masked))
    part, _ = _solve((features[:400], responses[:400], mask[:400]))
    torch.testing.assert_close(whole.weight, part.weight, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(whole(features, None)[0], part(features, None)[0], rtol=1e-3, atol=1e-4)


def test_neurons_with_masks_of_their_own_are_solved_on_their_own_bins():
    features, responses, mask = _simulate(600)
    mixed = mask.clone()
    mixed[:300, 0] = False
    mixed[300:, 1] = False
    fields = {"penalties": (0.1,)}
    together, _ = _solve((features, torch.where(mixed, responses, -7.0), mixed), **fields)
    first, _ = _solve((features[300:], responses[300:], mask[300:]), **fields)
    second, _ = _solve((features[:300], responses[:300], mask[:300]), **fields)
    third, _ = _solve((features, responses, mask), **fields)
    for neuron, alone in enumerate((first, second, third)):
        torch.testing.assert_close(together.weight[neuron], alone.weight[neuron], rtol=1e-4, atol=1e-5)


def test_permuted_neurons_are_solved_alike():
    features, responses, mask = _simulate(600)
    order = [1, 2, 0]
    one, _ = _solve((features, responses, mask))
    other, _ = _solve((features, responses[:, order], mask), centres=[CENTRES[neuron] for neuron in order])
    torch.testing.assert_close(other.weight, one.weight[order], rtol=1e-4, atol=1e-5)


def test_result_does_not_depend_on_the_batches():
    features, responses, mask = _simulate(400)
    modules = []
    for size in (400, 37):
        module = Window(window_px=3).build(SHAPE, _population())
        module.solve(_passes(features, responses, mask, size), _passes(features, responses, mask, size))
        modules.append(module)
    torch.testing.assert_close(modules[0].weight, modules[1].weight, rtol=1e-3, atol=1e-5)


def test_many_neurons_in_several_passes_are_solved_alike(monkeypatch):
    train = _simulate(400)
    at_once, _ = _solve(train)
    monkeypatch.setattr("sysid_readouts.window_solve.GROUP_BYTES", 1)  # one group of neurons for each pass
    by_pass, _ = _solve(train)
    torch.testing.assert_close(by_pass.weight, at_once.weight)


@pytest.mark.parametrize("nonlinearity", ["parametric_softplus", "softplus", "exponential"])
def test_silent_and_unrecorded_neurons_get_a_small_constant_rate(nonlinearity):
    features, responses, mask = _simulate(200)
    responses[:, 0] = 0
    mask[:, 1] = False
    module, _ = _solve((features, responses, mask), _simulate(100, seed=1), nonlinearity=nonlinearity)
    rates = module(features, None)[0].detach()[:, 0]
    torch.testing.assert_close(rates[:, 0], torch.full((200,), 0.5 / 200), rtol=1e-3, atol=0)
    assert rates[:, 1].std().item() == pytest.approx(0, abs=1e-6)
    assert torch.isfinite(rates).all()
    assert rates[:, 2].std().item() > 0.1


def test_per_neuron_choice_reports_a_penalty_that_was_tried():
    penalties = (0.02, 0.5, 7.0)
    module, chosen = _solve(
        _simulate(300), _simulate(300, seed=1), penalties=penalties, penalty_choice="neuron"
    )
    assert chosen["penalty"] in penalties
    assert (_cosine(module) > 0.6).all()


def test_solved_readout_can_be_trained_on_by_gradient():
    features, responses, mask = _simulate(300)
    module, _ = _solve((features, responses, mask))
    rates, penalty = module(features, None)
    (module.loss(rates, responses[:, None], mask[:, None]) + penalty).backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in module.parameters())


def test_gradient_finds_the_same_filters():
    features, responses, mask = _simulate(1500)
    torch.manual_seed(0)
    module = Window(window_px=3, nonlinearity="exponential").build(SHAPE, _population())
    optimizer = torch.optim.Adam(module.parameters(), lr=0.05)
    for _ in range(100):
        rates, penalty = module(features, None)
        optimizer.zero_grad()
        (module.loss(rates, responses[:, None], mask[:, None]) + penalty).backward()
        optimizer.step()
    assert (_cosine(module) > 0.9).all()
