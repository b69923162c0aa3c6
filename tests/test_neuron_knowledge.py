import numpy as np
import torch

from sysid.neuron_knowledge import (
    field_centres,
    known_population,
    lowest_response,
    nameless_population,
    stored_population,
    training_sta,
)
from sysid.recording import Neuron, ReceptiveField, Recording
from sysid.sample import SessionSamples
from sysid.split import Window
from tests.conftest import SIMULATED, make_presentation, make_recording

WINDOW = Window(3, include_current=True)
RANGES = {"train": ((0, 22),), "test": ((22, 40),)}


def test_the_sta_is_the_weighted_mean_of_the_training_windows_less_their_plain_mean():
    presentation = make_presentation(**RANGES)
    presentation.responses[:, 5, 1] = np.nan
    samples = SessionSamples(make_recording(presentation), WINDOW, torch.device("cpu"))
    found = training_sta(samples)
    assert found.shape == (3, 1, 5, 4, 3)
    bins = samples.frames("train")[0]
    windows = np.stack([presentation.stimulus[bins - lag] for lag in range(3)], axis=1).astype(float)
    mean = presentation.responses[:, bins].mean(axis=0)  # bin neuron
    for neuron in range(3):
        seen = ~np.isnan(mean[:, neuron])
        weights = mean[seen, neuron]
        expected = np.tensordot(weights, windows[seen], 1) / weights.sum() - windows[seen].mean(axis=0)
        np.testing.assert_allclose(found[..., neuron], expected, rtol=1e-4, atol=1e-3)


def test_the_sta_does_not_see_test_responses():
    before, after = make_presentation(**RANGES), make_presentation(**RANGES)
    after.responses[:, 22:] += 1
    one, other = (
        training_sta(SessionSamples(make_recording(each), WINDOW, torch.device("cpu")))
        for each in (before, after)
    )
    assert np.array_equal(one, other)


def test_a_silent_neuron_has_an_sta_of_zero():
    presentation = make_presentation(**RANGES)
    presentation.responses[:, :, 2] = 0
    found = training_sta(SessionSamples(make_recording(presentation), WINDOW, torch.device("cpu")))
    assert not found[..., 2].any()
    assert found[..., 0].any()


def test_responses_below_zero_are_weighted_by_their_z_scores():
    presentation = make_presentation(**RANGES)
    above = SessionSamples(make_recording(presentation), WINDOW, torch.device("cpu"))
    mean = presentation.responses[:, above.frames("train")[0]].mean(axis=0)  # bin neuron
    counts = training_sta(above)
    presentation.responses[:, :, :2] -= 40  # means below zero, as dF/F may have
    found = training_sta(SessionSamples(make_recording(presentation), WINDOW, torch.device("cpu")))
    scale = mean.mean(axis=0) / mean.std(axis=0)
    np.testing.assert_allclose(found[..., :2], (counts * scale)[..., :2], rtol=1e-3, atol=1e-2)
    np.testing.assert_array_equal(found[..., 2], counts[..., 2])


def test_centres_are_those_of_the_recording_and_nan_where_there_is_none():
    presentation = make_presentation(neurons=2, **RANGES)
    neurons = (Neuron("a", ReceptiveField((1.5, 2.0))), Neuron("b"))
    recording = Recording((presentation,), neurons, 30.0, SIMULATED)
    np.testing.assert_array_equal(field_centres(recording), [[1.5, 2.0], [np.nan, np.nan]])
    population = known_population(SessionSamples(recording, WINDOW, torch.device("cpu")))
    assert population.ids == ("a", "b")
    assert population.frame_size == (5, 4)
    assert population.sta() is population.sta()


def test_the_lowest_response_is_that_of_the_bins_that_train_and_validate():
    presentation = make_presentation(train=((0, 20),), validation=((20, 30),), test=((30, 40),))
    presentation.responses[0, 10, 1] = np.nan
    presentation.responses[1, 35, 2] = -7.0  # a test bin
    recording = make_recording(presentation)
    samples = SessionSamples(recording, WINDOW, torch.device("cpu"))
    assert known_population(samples).lowest_response == 0
    presentation.responses[1, 27, 0] = -1.5
    assert lowest_response(recording, samples.splits) == -1.5
    presentation.responses[:] = np.nan
    assert np.isnan(lowest_response(recording, samples.splits))


def test_behaviour_is_known_by_mean_and_sd_of_the_training_bins():
    behaviour = np.random.default_rng(0).normal([3, -1, 0, 0], [2, 5, 1, 1], (40, 4)).astype(np.float32)
    behaviour[:, 2] = 7  # never changes
    behaviour[:, 3] = np.nan  # never measured
    behaviour[10, 1] = np.nan
    behaviour[22:] += 100  # test bins
    names = ("running", "pupil", "light", "nothing")
    recording = make_recording(make_presentation(**RANGES, behaviour=behaviour), behaviour=names)
    samples = SessionSamples(recording, WINDOW, torch.device("cpu"))
    population = known_population(samples)
    assert population.behaviour == names
    (bins,) = samples.frames("train")
    seen = behaviour[bins].astype(np.float64)
    np.testing.assert_allclose(population.behaviour_mean, [*np.nanmean(seen[:, :3], axis=0), 0], rtol=1e-6)
    np.testing.assert_allclose(population.behaviour_sd, [*np.nanstd(seen[:, :2], axis=0), 1, 1], rtol=1e-6)


def test_without_behaviour_none_is_known(recording):
    population = known_population(SessionSamples(recording, WINDOW, torch.device("cpu")))
    assert (population.behaviour, population.behaviour_mean.shape) == ((), (0,))
    assert nameless_population(3, (1, 5, 4), 2).behaviour == ()


def test_of_a_nameless_population_behaviour_is_counted():
    population = nameless_population(3, (1, 5, 4), 2, 2)
    assert population.behaviour == ("0", "1")
    assert (population.behaviour_mean.tolist(), population.behaviour_sd.tolist()) == ([0, 0], [1, 1])


def test_a_stored_session_gives_the_population_back():
    session = {"neurons": ["a", "b"], "centres": [[1.5, 2], [None, None]], "frame_shape": [1, 5, 4]}
    population = stored_population(session | {"behaviour": ["running"]}, 3)
    assert (population.ids, population.behaviour) == (("a", "b"), ("running",))
    np.testing.assert_array_equal(population.centres, [[1.5, 2], [np.nan, np.nan]])
    assert stored_population(session, 3).behaviour == ()  # of an earlier version
