"""The feedback readout: its recursion, its bounds, what it wraps, and where it is the right model."""

import math

import numpy as np
import pytest
import torch

from sysid import SysidError
from sysid_cores.identity import Identity as SameCore
from sysid_cores.lstm import Lstm
from sysid_encoders.identity import Identity
from sysid_readouts.dense import Dense
from sysid_readouts.factorized import Factorized
from sysid_readouts.feedback import Feedback
from sysid_readouts.gaussian import Gaussian
from sysid_readouts.window import Window
from tests.fitted_readout import make_population
from tests.simulated_fit import assert_better, fit, record

SHAPE = (6, 2, 5, 4)
CENTRES = [(1, 2), (2, 2), (np.nan, np.nan)]
PLAIN = Dense(nonlinearity="softplus", batch_norm=False, l2=0.0, activity_l1=0.0)


def build(wrapped=PLAIN, seed=0, **keys):
    torch.manual_seed(seed)
    module = Feedback(wrapped=wrapped, **{"lags": 2, **keys}).build(SHAPE, cells()).eval()
    torch.nn.init.normal_(module.weight, std=0.5)
    return module


def cells(**keys):
    return make_population(CENTRES, frame_size=(5, 4), **keys)


def draw_features(batch=3, time=6):
    return torch.randn(batch, time, *SHAPE[1:], generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("coupling", ["all", "own"])
def test_rates_are_those_of_the_wrapped_readout_times_what_earlier_rates_make_of_them(coupling):
    module = build(coupling=coupling, most_gain=3.0).double()
    features = draw_features().double()
    driven = module.wrapped(features, None)[0].detach().numpy()
    weight = module.weight.detach().numpy()
    if coupling == "own":
        weight = np.stack([np.diag(lag) for lag in weight])
    expected = np.zeros_like(driven)
    bound = math.log(3.0)
    for step in range(6):
        drive = sum(
            (expected[:, step - lag] @ weight[lag - 1].T for lag in (1, 2) if lag <= step), np.zeros((3, 3))
        )
        expected[:, step] = driven[:, step] * np.exp(bound * np.tanh(drive / bound))
    np.testing.assert_allclose(module(features, None)[0].detach().numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("wrapped", [PLAIN, Dense(), Factorized(), Gaussian(), Window(window_px=3)])
def test_training_starts_with_the_wrapped_readout_whatever_it_is(wrapped):
    torch.manual_seed(0)
    known = make_population([(1, 2), (2, 2), (2, 3)], frame_size=(5, 4))
    module = Feedback(wrapped=wrapped, lags=2).build(SHAPE, known).eval()
    features = draw_features()
    alone, alone_penalty = module.wrapped(features, None)
    rates, penalty = module(features, None)
    assert rates.shape[1] >= 3  # the bin itself, and one for each lag
    assert torch.equal(rates, alone)
    assert torch.equal(penalty, alone_penalty)


@pytest.mark.parametrize("sign", [-1, 1])
def test_no_weights_make_rates_leave_their_bounds(sign):
    module = build(most_gain=4.0)
    torch.nn.init.constant_(module.weight, sign * 1e6)
    features = draw_features(time=200)
    driven, rates = module.wrapped(features, None)[0], module(features, None)[0]
    ratio = (rates / driven)[:, 1:]
    torch.testing.assert_close(ratio, torch.full_like(ratio, 4.0**sign))
    assert torch.equal(rates[:, 0], driven[:, 0])


def test_no_rate_sees_a_later_step_and_gradients_reach_all():
    module = build(lags=5)
    features = draw_features().requires_grad_()
    rates, _ = module(features, None)
    for step in range(6):
        (gradient,) = torch.autograd.grad(rates[:, step].sum(), features, retain_graph=True)
        seen = gradient.abs().sum((0, 2, 3, 4)) > 0
        assert seen.tolist() == [other <= step for other in range(6)]
    rates[:, -1].sum().backward()
    for name, values in module.named_parameters():
        assert (values.grad != 0).all(), name


def test_neurons_act_on_one_another_only_where_that_is_asked_for():
    for coupling, others in (("all", True), ("own", False)):
        module = build(coupling=coupling)
        driven = torch.rand(3, 6, 3).requires_grad_()
        module.wrapped.forward = lambda _features, _behaviour, driven=driven: (driven, torch.zeros(()))
        (gradient,) = torch.autograd.grad(module(draw_features(), None)[0][0, -1, 0], driven)
        assert bool((gradient[0, -2, 1:] != 0).any()) == others


def test_the_penalty_is_the_mean_over_neurons_of_squared_weights():
    module = build(coupling_l2=0.5)
    expected = 0.5 * module.weight.square().sum() / 3
    torch.testing.assert_close(module(draw_features(), None)[1], expected)


def test_behaviour_and_loss_are_those_of_the_wrapped_readout():
    behaved = Dense(nonlinearity="softplus", batch_norm=False, behaviour="gain", loss="mse")
    torch.manual_seed(0)
    module = Feedback(wrapped=behaved, lags=2).build(SHAPE, cells(behaviour=("running",)))
    torch.nn.init.normal_(module.wrapped.gain.weight)
    features, behaviour = draw_features(), torch.randn(3, 6, 1)
    rates, _ = module(features, behaviour)
    torch.testing.assert_close(rates, module.wrapped(features, behaviour)[0])
    observed, mask = torch.rand(3, 1, 3), torch.ones(3, 1, 3, dtype=torch.bool)
    expected = (rates[:, -1:] - observed).square().mean()
    torch.testing.assert_close(module.loss(rates[:, -1:], observed, mask), expected)


def test_weights_have_names_that_stay():
    assert list(build().state_dict()) == ["weight", "wrapped.linear.weight", "wrapped.linear.bias"]


def test_features_of_too_few_steps_are_one_line():
    with pytest.raises(SysidError) as caught:
        Feedback(wrapped=PLAIN, lags=4).build((1, 2, 5, 4), cells())
    assert str(caught.value) == (
        "readout.lags: expected fewer than the 1 time steps of the features, got 4; more steps come with a "
        'longer samples.history, an encoder.stacked_frames below it, or encoder.history = "frames"'
    )


def test_a_mistake_in_the_wrapped_readout_names_its_table():
    with pytest.raises(SysidError) as caught:
        build(wrapped=Dense(behaviour="gain"))
    assert str(caught.value) == (
        'readout.wrapped.behaviour: expected "none", as the recording carries no behaviour (a key of the '
        'dataset may name some), got "gain"'
    )


def simulate(seed, frames=800, repeats=10):
    """Return noise, and four cells that inhibit themselves and a neighbour for three bins."""
    generator = np.random.default_rng(seed)
    stimulus = generator.standard_normal((frames, 3, 3))
    drive = stimulus.reshape(frames, 9) @ generator.standard_normal((9, 4)) / 3
    driven = np.log1p(np.exp(1.5 * drive + 0.5))
    neighbour = np.roll(np.eye(4), 1, axis=1)
    coupling = [-0.5 * 0.8**lag * np.eye(4) - 0.6 * 0.7**lag * neighbour for lag in range(3)]
    rates = np.zeros((frames, 4))
    for bin_ in range(frames):
        earlier = rates[max(0, bin_ - 3) : bin_][::-1]
        inhibition = sum(
            (filters @ past for filters, past in zip(coupling, earlier, strict=False)), np.zeros(4)
        )
        rates[bin_] = driven[bin_] * np.exp(inhibition)
    return record(stimulus, generator.poisson(repeats * rates) / repeats)


@pytest.mark.slow
def test_cells_that_inhibit_one_another_are_predicted_better():
    scores = {"without": [], "lstm": [], "own": [], "all": []}
    for seed in range(3):
        recording = simulate(seed)
        for name, core, readout in (
            ("without", SameCore(), PLAIN),
            ("lstm", Lstm(steps="time", hidden_units=16), PLAIN),
            ("own", SameCore(), Feedback(wrapped=PLAIN, lags=3, coupling="own")),
            ("all", SameCore(), Feedback(wrapped=PLAIN, lags=3)),
        ):
            model, score = fit(recording, Identity(), core, readout, history=6, seed=seed, epochs=25)
            scores[name].append(score)
        # the last model is "all": what it found are the signs of the true coupling, a neighbour's and its own
        nearest = model.readout("cells").weight[0].detach()
        assert (nearest.diagonal() < 0).all()
        assert (nearest.roll(-1, dims=1).diagonal() < 0).all()
    assert_better(scores, "own", "without")
    assert_better(scores, "all", "own")
    assert_better(scores, "all", "lstm")
