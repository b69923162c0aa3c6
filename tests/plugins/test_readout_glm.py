"""The generalised linear model: its equation, its free running, and cells whose filters are known."""

import math

import attrs
import numpy as np
import pytest
import torch

import sysid
from sysid import SysidError
from sysid.configuration import Training
from sysid.evaluation import predict_part
from sysid.one_step import one_step_bits
from sysid.sample import SessionSamples
from sysid.split import Window as Reach
from sysid_cores.identity import Identity as SameCore
from sysid_encoders.identity import Identity
from sysid_readouts.glm import Glm
from sysid_readouts.raised_cosine import raised_cosines
from sysid_readouts.window import Window
from tests.command_line import LINEAR, call, write_recipe
from tests.fitted_readout import make_population
from tests.simulated_fit import fit, record

SHAPE = (6, 2, 5, 4)
LAGS = 3
SMALL = {"window_px": 3, "lags": LAGS, "bumps": 3}


def build(seed=0, shape=SHAPE, **keys):
    torch.manual_seed(seed)
    population = make_population([(1, 2), (2, 2), (2, 3)], frame_size=shape[2:])
    module = Glm(**SMALL | keys).build(shape, population).double().eval()
    torch.nn.init.normal_(module.history, std=0.4)
    torch.nn.init.normal_(module.bias, std=0.4)
    return module


def draw(batch=2, time=6, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, time, *SHAPE[1:], generator=generator, dtype=torch.float64)


def counts(batch=2, bins=5, seed=2):
    return torch.from_numpy(np.random.default_rng(seed).poisson(0.7, (batch, bins, 3)).astype(float))


def history_of(module):
    """Return h as (lag, neuron, source)."""
    filters = module.history_filters().detach().numpy()
    return filters if filters.ndim == 3 else np.stack([np.diag(lag) for lag in filters])


def linear_drive(module, features):
    """Return k∗x + b by sums over the windows, (batch, step, neuron)."""
    flat = features.flatten(3).numpy()  # batch time channel pixel
    weight = module.stimulus_filters().detach().flatten(3).numpy()  # neuron lag channel pixel
    lags, steps = weight.shape[1], flat.shape[1] - weight.shape[1] + 1
    drive = np.zeros((len(flat), steps, len(weight)))
    for neuron, pixels in enumerate(module.pixels.numpy()):
        for step in range(steps):
            seen = flat[:, step : step + lags][..., pixels]
            drive[:, step, neuron] = (seen * weight[neuron]).sum(axis=(1, 2, 3))
    return drive + module.bias.detach().numpy()


def bounded(history, most_gain=50.0):
    bound = math.log(most_gain)
    return np.where(history > 0, bound * np.tanh(history / bound), history)


@pytest.mark.parametrize("coupling", ["all", "own"])
@pytest.mark.parametrize("nonlinearity", ["exponential", "softplus"])
def test_given_measured_responses_a_rate_is_that_of_the_equation(coupling, nonlinearity):
    module = build(coupling=coupling, nonlinearity=nonlinearity)
    features, earlier = draw(), counts()
    filters, drive = history_of(module), linear_drive(module, features)
    rates, _ = module.forward_given(features, None, earlier)
    assert rates.shape == (2, 3, 3)  # of the 5 bins before, 3 times the 3 of a filter
    for step in range(3):
        last = 5 - 2 + step  # bins before this rate's
        past = sum(earlier[:, last - 1 - lag].numpy() @ filters[lag].T for lag in range(LAGS))
        total = drive[:, drive.shape[1] - 3 + step] + bounded(past)
        expected = np.exp(total) if nonlinearity == "exponential" else np.log1p(np.exp(total))
        np.testing.assert_allclose(rates[:, step].detach().numpy(), expected, rtol=1e-9)


def test_a_bin_that_was_not_recorded_counts_as_one_without_a_response():
    module, features, earlier = build(), draw(), counts()
    unknown, silent = earlier.clone(), earlier.clone()
    unknown[:, 3, 1], silent[:, 3, 1] = torch.nan, 0
    torch.testing.assert_close(
        module.forward_given(features, None, unknown)[0], module.forward_given(features, None, silent)[0]
    )


def test_training_starts_with_a_model_without_history():
    module = build()
    torch.nn.init.zeros_(module.history)
    features = draw()
    expected = torch.from_numpy(np.exp(linear_drive(module, features)))
    torch.testing.assert_close(module(features, None)[0], expected)
    torch.testing.assert_close(module.forward_given(features, None, counts())[0], expected[:, -3:])


def test_free_running_predicts_the_mean_of_simulated_trials():
    """Trials drawn from the model itself have the mean that it expects, to first order in what they share."""
    module = build()
    torch.nn.init.uniform_(module.history, -0.6, 0.2)
    module.bias.data -= 1.0
    features = draw(batch=1, time=12)
    expected = module(features, None)[0][0].detach().numpy()  # step neuron
    drive, filters = linear_drive(module, features)[0], history_of(module)
    generator, trials = np.random.default_rng(0), 40_000
    spikes = np.zeros((len(drive), trials, 3))
    for step in range(len(drive)):
        past = sum(
            (spikes[step - 1 - lag] @ filters[lag].T for lag in range(LAGS) if step > lag),
            np.zeros((trials, 3)),
        )
        spikes[step] = generator.poisson(np.exp(drive[step] + bounded(past)))
    mean = spikes.mean(axis=1)
    fed_rates = np.zeros_like(drive)  # h times expected counts, in place of e^h − 1
    for step in range(len(drive)):
        past = sum(
            (filters[lag] @ fed_rates[step - 1 - lag] for lag in range(LAGS) if step > lag), np.zeros(3)
        )
        fed_rates[step] = np.exp(drive[step] + past)
    errors = [np.abs(rates / mean - 1).mean() for rates in (expected, fed_rates, np.exp(drive))]
    assert errors[0] < 0.03
    assert errors[0] < errors[1] < errors[2]


def test_free_running_rates_stay_within_their_bound_whatever_the_weights():
    module = build(most_gain=4.0)
    torch.nn.init.constant_(module.history, 30.0)
    features = draw(time=60)
    rates = module(features, None)[0].detach().numpy()
    driven = np.exp(linear_drive(module, features))
    np.testing.assert_allclose(rates[:, 1:] / driven[:, 1:], 4.0, rtol=1e-6)


def test_bumps_begin_at_the_last_bin_and_add_up_to_a_constant_between_the_first_and_the_last():
    bumps = raised_cosines(5, 12, 1.0)
    assert bumps.shape == (5, 12)
    assert bumps[0, 0] == 1
    torch.testing.assert_close(bumps[-1, -1], torch.tensor(1.0))
    axis = np.log(np.arange(1, 13) + 1.0)
    inner = (axis >= axis[0] + (axis[-1] - axis[0]) / 4) & (axis <= axis[-1] - (axis[-1] - axis[0]) / 4)
    np.testing.assert_allclose(bumps.sum(0).numpy()[inner], 2.0, atol=1e-6)
    assert np.linalg.matrix_rank(bumps.numpy()) == 5


@pytest.mark.parametrize(
    ("shape", "keys", "line"),
    [
        (
            (3, 2, 5, 4),
            {},
            "readout.lags: expected fewer than the 3 time steps of the features, got 3; a longer "
            "samples.history gives more",
        ),
        (
            SHAPE,
            {"bumps": 4},
            "readout.bumps: expected at most readout.lags = 3, as more are not independent, got 4",
        ),
        (
            SHAPE,
            {"window_px": 5},
            "readout.window_px: expected at most 4, as the features are 5×4, got 5",
        ),
    ],
)
def test_keys_that_do_not_fit_are_one_line(shape, keys, line):
    with pytest.raises(SysidError) as caught:
        build(shape=shape, **keys)
    assert str(caught.value) == line


RECIPE = f"""{LINEAR}
[variants.glm]
encoder = {{use = "identity"}}
readout = {{use = "glm", window_px = 3, lags = 2, bumps = 2}}
"""
HISTORY = np.zeros((6, 3, 3))
HISTORY[:, 0, 0] = [-3.0, -1.5, 0.2, 0.5, 0.3, 0.1]  # refractory, then a rebound
HISTORY[:, 1, 0] = [0.7, 0.6, 0.4, 0.2, 0.1, 0.0]  # the first excites the second
HISTORY[:, 2, 2] = [0.25, 0.15, 0.05, 0.0, 0.0, 0.0]  # bursts
STIMULUS = np.array([0.6, 1.0, 0.4])  # the newest frame first


def simulate(seed=0, frames=4000):
    """Return noise, spikes of three cells with known filters, and those filters (neuron, lag, pixel)."""
    generator = np.random.default_rng(seed)
    stimulus = generator.standard_normal((frames, 2, 2))
    maps = generator.choice([-0.3, 0.3], (3, 4))
    filters = STIMULUS[:, None] * maps[:, None]  # neuron lag pixel
    flat, drive = stimulus.reshape(frames, 4), np.full((frames, 3), -1.2)
    for lag in range(3):
        drive[lag:] += flat[: frames - lag] @ filters[:, lag].T
    spikes = np.zeros((frames, 3))
    for bin_ in range(6, frames):
        past = sum(HISTORY[lag] @ spikes[bin_ - 1 - lag] for lag in range(6))
        spikes[bin_] = generator.poisson(np.exp(drive[bin_] + bounded(past)))
    return stimulus, spikes, filters


@pytest.fixture(scope="module")
def fitted():
    stimulus, spikes, filters = simulate()
    recording = record(stimulus, spikes)
    keys = {"window_px": 2, "strength": 1e-4}
    glm = Glm(lags=6, bumps=6, history_l2=1e-5, **keys)
    given, _ = fit(recording, Identity(), SameCore(), glm, history=9, epochs=9)
    linear = Window(nonlinearity="exponential", **keys)
    plain, _ = fit(recording, Identity(), SameCore(), linear, history=9, epochs=5)
    samples = SessionSamples(recording, Reach(9, include_current=True), torch.device("cpu"), trials="single")
    return given, plain, samples, filters


def predict(model, samples):
    return predict_part(model, samples, "cells", "test", Training())


def correlate(one, other):
    return np.corrcoef(np.ravel(one), np.ravel(other))[0, 1]


def test_filters_of_simulated_cells_are_found(fitted):
    given, _, _, filters = fitted
    module = given.readout("cells")
    # an exponential keeps the scale as well as the shape; a window's last lag is the newest frame
    found = module.stimulus_filters().detach().numpy()[:, ::-1, 0].reshape(3, 3, 4)
    for neuron in range(3):
        assert correlate(found[neuron], filters[neuron]) > 0.95
    history = module.history_filters().detach().numpy()
    for neuron, source in ((0, 0), (1, 0), (2, 2)):
        assert correlate(history[:, neuron, source], HISTORY[:, neuron, source]) > 0.95
    # the standard error of a coupling is near 1/√(spikes of both in a bin apart), about .05 for these rates
    absent = np.abs(history[:, HISTORY[0] == 0])
    assert absent.max() < 0.2


def test_cells_with_a_history_are_predicted_better_given_what_they_did(fitted):
    given, plain, samples, _ = fitted
    with_history = one_step_bits(given, samples, "cells", Training())
    part = predict(plain, samples)
    without = sysid.metrics.bits_per_spike(part.responses, part.prediction, part.baseline)
    assert (with_history > without + 0.1).all()


def test_what_is_scored_beside_other_models_has_seen_no_response(fitted):
    given, _, samples, _ = fitted
    recording = samples.recording
    shown = recording.presentations[0]
    silent = attrs.evolve(
        recording, presentations=(attrs.evolve(shown, responses=np.zeros_like(shown.responses)),)
    )
    deaf = SessionSamples(silent, Reach(9, include_current=True), torch.device("cpu"), trials="single")
    np.testing.assert_array_equal(predict(given, samples).prediction, predict(given, deaf).prediction)


def test_averaged_trials_are_refused_before_anything_is_trained(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recipe = write_recipe(more=RECIPE)
    outcome = call("run", recipe)
    assert outcome.code == 2
    assert outcome.complaints[-1].endswith(
        'samples.trials: expected "single", as the readout learns what a response of one trial does to the '
        'next of that trial, got "mean"'
    )
