"""Behaviour as a gain on the rates, and the nonlinearity for responses below zero."""

import math

import attrs
import numpy as np
import pytest
import torch

import sysid
from sysid.configuration import Training
from sysid.evaluation import predict_part
from sysid.model import Architecture, assemble
from sysid.neuron_knowledge import known_population
from sysid.outline import outline
from sysid.sample import SessionSamples
from sysid.split import Window
from sysid.training import silent_hooks, train
from sysid_cores.identity import Identity as SameCore
from sysid_encoders.identity import Identity
from sysid_readouts.dense import Dense
from sysid_readouts.factorized import Factorized
from sysid_readouts.gain import Gain, make_gain
from sysid_readouts.gaussian import Gaussian
from sysid_readouts.nonlinearity_fit import fit_nonlinearity
from sysid_readouts.window import Window as WindowReadout
from tests.conftest import make_presentation, make_recording
from tests.fitted_readout import make_population

NAMES = ("running", "pupil")
GAINED = {"dense": Dense, "factorized": Factorized, "gaussian": Gaussian}


def make_module(mean=(2.0, -1.0), sd=(4.0, 0.5), neurons=3, l2=0.0) -> Gain:
    centres = [(np.nan, np.nan)] * neurons
    return make_gain("gain", l2, make_population(centres, behaviour=NAMES, mean=mean, sd=sd))


def test_rates_are_multiplied_by_the_exponential_of_the_weighted_standardised_behaviour():
    module = make_module()
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[0.5, 0.0], [-0.2, 0.3], [0.0, 0.0]]))
    rates, behaviour = torch.rand(4, 1, 3) + 0.1, torch.randn(4, 1, 2)
    running, pupil = (behaviour[..., 0] - 2) / 4, (behaviour[..., 1] + 1) / 0.5
    expected = torch.stack([0.5 * running, -0.2 * running + 0.3 * pupil, 0 * pupil], dim=2).exp() * rates
    torch.testing.assert_close(module(rates, behaviour), expected)


def test_the_gain_is_that_of_the_bin_itself():
    module = make_module()
    torch.nn.init.normal_(module.weight)
    rates, behaviour = torch.rand(4, 2, 3), torch.randn(4, 7, 2)
    torch.testing.assert_close(module(rates, behaviour), module(rates, behaviour[:, 5:]))


def test_what_was_not_measured_counts_as_average_and_leaves_weights_finite():
    module = make_module()
    torch.nn.init.normal_(module.weight)
    rates, behaviour = torch.rand(4, 1, 3), torch.randn(4, 1, 2)
    behaviour[1, 0] = math.nan
    behaviour[2, 0, 1] = math.nan
    average = behaviour.clone()
    average[1, 0] = torch.tensor([2.0, -1.0])
    average[2, 0, 1] = -1.0
    gained = module(rates, behaviour)
    torch.testing.assert_close(gained, module(rates, average))
    torch.testing.assert_close(gained[1], rates[1])
    gained.sum().backward()
    assert torch.isfinite(module.weight.grad).all()


def test_without_behaviour_and_at_the_start_the_gain_is_one():
    module = make_module()
    rates = torch.rand(4, 1, 3)
    assert torch.equal(module(rates, torch.randn(4, 3, 2)), rates)
    torch.nn.init.normal_(module.weight)
    assert torch.equal(module(rates, None), rates)


def test_the_penalty_is_the_mean_over_neurons_of_squared_weights():
    module = make_module(l2=0.5)
    with torch.no_grad():
        module.weight.fill_(2.0)
    assert module.penalty().item() == pytest.approx(0.5 * 2 * 4)


@pytest.mark.parametrize("name", GAINED)
def test_every_readout_takes_a_gain_and_penalises_it(name):
    population = make_population([(1, 2), (3, 3), (np.nan, np.nan)], behaviour=NAMES)
    torch.manual_seed(0)
    module = GAINED[name](behaviour="gain", behaviour_l2=0.3).build((1, 2, 9, 11), population).eval()
    features, behaviour = torch.randn(5, 1, 2, 9, 11), torch.randn(5, 4, 2)
    plain, without = module(features, behaviour)
    with torch.no_grad():
        module.gain.weight.fill_(0.7)
    gained, penalty = module(features, behaviour)
    expected = plain * (0.7 * behaviour[:, -1:].sum(2, keepdim=True)).exp()
    torch.testing.assert_close(gained, expected)
    torch.testing.assert_close(penalty - without, torch.tensor(0.3 * 2 * 0.49), rtol=1e-4, atol=1e-6)
    gained.sum().backward()
    assert (module.gain.weight.grad != 0).all()


@pytest.mark.parametrize("name", GAINED)
def test_behaviour_that_there_is_not_is_one_line_naming_the_key(name):
    with pytest.raises(sysid.SysidError) as caught:
        GAINED[name](behaviour="gain").build((1, 2, 9, 11), make_population([(1, 2)]))
    assert str(caught.value) == (
        'readout.behaviour: expected "none", as the recording carries no behaviour (a key of the dataset may '
        'name some), got "gain"'
    )


@pytest.mark.parametrize("name", GAINED)
def test_behaviour_that_is_not_asked_for_changes_nothing(name):
    population = make_population([(1, 2)], behaviour=NAMES)
    torch.manual_seed(0)
    module = GAINED[name]().build((1, 2, 9, 11), population).eval()
    features = torch.randn(5, 1, 2, 9, 11)
    assert torch.equal(module(features, torch.randn(5, 4, 2))[0], module(features, None)[0])
    assert not any("gain" in weight for weight in module.state_dict())


TRUE_WEIGHTS = np.array(
    [[0.12, 0.0], [-0.08, 0.9], [0.0, 0.0]]
)  # per unit of running (sd 5) and of pupil (.4)


def simulate(frames=3000, seed=0):
    """Return a recording of three neurons whose rate is exp(w·x + b)·exp(g·behaviour), and the true rates."""
    generator = np.random.default_rng(seed)
    part = frames // 10
    shown = make_presentation(
        frames, repeats=1, height=3, width=4, seed=seed, dtype=np.float32,
        train=((0, 8 * part),), validation=((8 * part, 9 * part),), test=((9 * part, frames),),
    )  # fmt: skip
    shown.stimulus[:] = generator.standard_normal(shown.stimulus.shape)
    slow = np.repeat(generator.standard_normal((frames // 20 + 1, 2)), 20, axis=0)[:frames]
    behaviour = (np.array([8.0, 2.0]) + slow * [5.0, 0.4]).astype(np.float32)
    filters = generator.standard_normal((12, 3)) * 0.15
    drive = shown.stimulus.reshape(frames, 12) @ filters - 0.7
    rates = np.exp(drive + (behaviour - [8.0, 2.0]) @ TRUE_WEIGHTS.T)
    responses = generator.poisson(rates).astype(np.float32)[None]
    behaviour[::17, 0] = np.nan
    return make_recording(attrs.evolve(shown, responses=responses, behaviour=behaviour), behaviour=NAMES)


def train_dense(recording, use):
    """Train a generalised linear model, and return it with its score on the test part."""
    samples = {"v1": SessionSamples(recording, Window(1, include_current=True), torch.device("cpu"))}
    populations = {"v1": known_population(samples["v1"])}
    readout = Dense(
        nonlinearity="exponential", batch_norm=False, l2=0.0, activity_l1=0.0, behaviour=use, behaviour_l2=0.0
    )
    parts = Architecture(Identity(), SameCore(), readout, (1, 1, 3, 4))
    model = assemble(parts, outline(parts, populations).shapes, populations, seed=0)
    training = Training(epochs=8, batch_size=64, learning_rate=0.01, patience=8)
    best, _ = train(model, samples, training, 0, None, silent_hooks(lambda: False))
    model.load_state_dict(best)
    tested = predict_part(model, samples["v1"], "v1", "test", training)
    return model.readout("v1"), sysid.metrics.correlation(tested.responses, tested.prediction)


def test_the_gain_of_a_simulated_population_is_found_and_predicts_better():
    recording = simulate()
    gained, score = train_dense(recording, "gain")
    _, without = train_dense(recording, "none")
    expected = TRUE_WEIGHTS * gained.gain.sd.numpy()
    np.testing.assert_allclose(gained.gain.weight.detach().numpy(), expected, atol=0.08)
    assert (score[:2] > without[:2] + 0.05).all()
    assert score[2] == pytest.approx(without[2], abs=0.02)


def test_the_identity_gives_rates_below_zero_as_they_are():
    module = Dense(nonlinearity="identity", loss="mse", batch_norm=False, l2=0.0, activity_l1=0.0)
    torch.manual_seed(0)
    built = module.build((1, 2, 3, 4), make_population([(0, 0), (1, 1)], lowest=-3.0))
    features = torch.randn(6, 1, 2, 3, 4)
    rates, _ = built(features, None)
    torch.testing.assert_close(rates[:, 0], built.linear(features.flatten(1)))
    assert (rates < 0).any()


@pytest.mark.parametrize("readout", [*GAINED.values(), WindowReadout])
def test_the_identity_with_a_poisson_loss_is_one_line_naming_the_key(readout):
    with pytest.raises(sysid.SysidError) as caught:
        readout(nonlinearity="identity").build((1, 2, 9, 11), make_population([(1, 2)]))
    assert str(caught.value) == (
        'readout.nonlinearity: expected one whose rates are never below zero, as the loss "poisson" needs '
        'them, or readout.loss = "mse", got "identity"'
    )


def test_a_line_is_fitted_to_the_drive_where_the_nonlinearity_is_the_identity():
    generator = np.random.default_rng(1)
    drive = generator.standard_normal((300, 4)) + 2
    responses = 1.5 * drive - 4 + 0.3 * generator.standard_normal((300, 4))
    responses[:, 1] *= -1  # a line that falls
    drive[:, 2] = 0.25  # a drive that never changes
    mask = generator.random((300, 4)) > 0.3
    found = fit_nonlinearity(
        *(torch.from_numpy(each) for each in (drive, responses, mask)), "identity", "mse"
    )
    for neuron in (0, 3):
        slope, offset = np.polyfit(drive[mask[:, neuron], neuron], responses[mask[:, neuron], neuron], 1)
        np.testing.assert_allclose([found.gain[neuron], found.offset[neuron]], [slope, offset], rtol=1e-6)
    for neuron in (1, 2):
        mean = responses[mask[:, neuron], neuron].mean()
        np.testing.assert_allclose([found.gain[neuron], found.offset[neuron]], [0, mean], atol=1e-9)
    assert (found.alpha == 1).all()
