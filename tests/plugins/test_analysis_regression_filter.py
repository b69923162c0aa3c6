"""Ridge regression with smoothness, against the same regression written out."""

import itertools

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from sysid_analyses import cosine_basis
from sysid_analyses import regression_filter as module
from sysid_analyses.cosine_basis import choose_components
from sysid_analyses.regression_filter import regression_filter
from sysid_analyses.significance import pixel_deviation
from sysid_analyses.sta import spike_triggered_average

LAGS, HEIGHT, WIDTH = 3, 4, 5
FEATURES = LAGS * HEIGHT * WIDTH


def draw_stimulus(frames, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (frames, HEIGHT, WIDTH)).astype(np.uint8)


def make_windows(stimulus, bins, lags=LAGS):
    return np.array([stimulus[bin - lags + 1 : bin + 1][::-1].ravel() for bin in bins], dtype=np.float64)


def write_penalty(space, time, ridge):
    """The matrix of the penalty, from differences taken one by one."""
    places = list(itertools.product(range(LAGS), range(HEIGHT), range(WIDTH)))
    penalty = ridge * np.eye(FEATURES)
    for axis, weight in ((0, time), (1, space), (2, space)):
        for place in places:
            beside = tuple(value + (axis == which) for which, value in enumerate(place))
            if beside in places:
                row = np.zeros(FEATURES)
                row[places.index(place)], row[places.index(beside)] = 1, -1
                penalty += weight * np.outer(row, row)
    return penalty


def solve(windows, rates, penalty):
    """Weights and constant of a penalised regression, the penalty for the sum of squares."""
    centred, mean = windows - windows.mean(axis=0), rates.mean()
    weights = np.linalg.solve(centred.T @ centred + penalty, centred.T @ (rates - mean))
    return weights, mean - windows.mean(axis=0) @ weights


@pytest.mark.parametrize("frames", [45, 400])  # fewer bins than weights, and more
def test_filters_are_those_of_the_penalised_regression(frames, monkeypatch):
    monkeypatch.setattr(cosine_basis, "NUMBERS_AT_ONCE", 700)  # so that there are blocks
    stimulus, generator = draw_stimulus(frames), np.random.default_rng(1)
    responses = generator.poisson(2.0, (frames, 3)).astype(np.float32)
    responses[7:11] = np.nan
    responses[frames // 2 : frames // 2 + 4, 2] = np.nan
    found = regression_filter(stimulus, responses, LAGS, space=0.3, time=0.7, ridge=0.2, strengths=(0.05,))
    assert found.components == FEATURES
    variance = np.square(pixel_deviation(stimulus)).mean()
    for neuron, own in enumerate(responses.T):
        bins = np.flatnonzero(np.isfinite(own) & (np.arange(frames) >= LAGS - 1))
        penalty = 0.05 * variance * len(bins) * write_penalty(0.3, 0.7, 0.2)
        weights, _ = solve(make_windows(stimulus, bins), own[bins].astype(np.float64), penalty)
        error = found.filters[..., neuron].ravel() - weights
        assert np.abs(error).max() < 1e-5 * np.abs(weights).max()


@pytest.mark.parametrize("frames", [45, 300])
def test_strength_is_the_one_that_predicts_blocks_left_out_with_no_frame_on_both_sides(frames):
    stimulus, strengths, blocks = draw_stimulus(frames), (1e-3, 0.1, 10.0), 4
    drive = (stimulus[:, 1, 2].astype(float) - 127) / 70
    responses = np.random.default_rng(1).poisson(np.exp(0.5 * drive))[:, None].astype(float)
    found = regression_filter(stimulus, responses, LAGS, strengths=strengths, blocks=blocks)
    bins = np.arange(LAGS - 1, frames)
    block = np.arange(len(bins)) * blocks // len(bins)
    for each in range(1, blocks):  # frames of a window that lie in the block before
        block[(np.cumsum(block == each) <= LAGS - 1) & (block == each)] = -1
    windows, rates = make_windows(stimulus, bins), responses[bins, 0]
    variance = np.square(pixel_deviation(stimulus)).mean()
    left, whole = np.zeros(len(strengths)), 0.0
    for each in range(blocks):
        out, kept = block == each, (block != each) & (block >= 0)
        shared = set(np.concatenate([bins[out] - lag for lag in range(LAGS)]))
        assert not shared & set(np.concatenate([bins[kept] - lag for lag in range(LAGS)]))
        whole += np.square(rates[out] - rates[kept].mean()).sum()
        for number, strength in enumerate(strengths):
            penalty = strength * variance * kept.sum() * write_penalty(0.1, 0.1, 1.0)
            weights, constant = solve(windows[kept], rates[kept], penalty)
            left[number] += np.square(rates[out] - windows[out] @ weights - constant).sum()
    assert found.strength[0] == strengths[left.argmin()]
    assert found.explained[0] == pytest.approx(1 - left.min() / whole, abs=1e-5)


def draw_scene(frames, size_px, seed):
    """Noise with a 1/f amplitude spectrum in space that changes slowly."""
    generator = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(size_px)[:, None], np.fft.rfftfreq(size_px))
    frequency[0, 0] = 1 / size_px
    movie = np.fft.irfft2(
        np.fft.rfft2(generator.standard_normal((frames, size_px, size_px))) / frequency, s=(size_px,) * 2
    )
    for frame in range(1, frames):
        movie[frame] = 0.8 * movie[frame - 1] + 0.6 * movie[frame]
    return movie / movie.std()


def make_cell(size_px, lags=5):
    """A filter with a small centre and a biphasic time course."""
    spatial = np.zeros((size_px, size_px))
    spatial[4, 6] = 1
    temporal = np.array([0.2, 1.0, 0.4, -0.6, -0.3])[:lags]
    filter = temporal[:, None, None] * gaussian_filter(spatial, 1.0)
    return filter / np.linalg.norm(filter)


def cosine(one, other):
    return (one * other).sum() / np.linalg.norm(one) / np.linalg.norm(other)


def test_a_correlated_movie_hides_the_filter_from_the_average_but_not_from_the_regression():
    stimulus, filter = draw_scene(10_000, 10, seed=0), make_cell(10)
    drive = np.zeros(10_000)
    drive[4:] = make_windows(stimulus, range(4, 10_000), 5) @ filter.ravel()
    rate = np.exp(0.7 * drive / drive.std() - 0.5)
    responses = np.random.default_rng(1).poisson(rate)[:, None].astype(float)
    found = regression_filter(stimulus, responses, 5)
    average = spike_triggered_average(stimulus, responses, 5)[..., 0]
    assert cosine(found.filters[..., 0], filter) > 0.85
    assert cosine(average, filter) < 0.65
    assert 0.1 < found.explained[0] < 0.6


def test_responses_that_never_saw_the_stimulus_explain_nothing():
    stimulus = draw_scene(600, 6, seed=0)
    responses = np.random.default_rng(1).poisson(1.0, (600, 8)).astype(float)
    assert np.abs(regression_filter(stimulus, responses, 4).explained).max() < 0.03


def test_many_bins_are_fitted_with_the_smoothest_components_only():
    found = regression_filter(
        draw_stimulus(200), np.ones((200, 1)) * np.arange(200)[:, None] % 3, LAGS, components=10
    )
    assert found.components == 10
    assert np.linalg.matrix_rank(found.filters[..., 0].reshape(LAGS, -1)) <= LAGS


def test_neurons_that_cannot_be_fitted_are_nan_and_spoil_no_other():
    stimulus, responses = draw_stimulus(80), np.random.default_rng(1).poisson(1.0, (80, 4)).astype(float)
    responses[:, 1] = 2.0
    responses[:, 2] = np.nan
    responses[8:, 3] = np.nan
    found = regression_filter(stimulus, responses, LAGS)
    assert np.isnan(found.explained).tolist() == [False, True, True, True]
    assert np.isnan(found.filters).all(axis=(0, 1, 2)).tolist() == [False, True, True, True]
    assert np.isfinite(found.filters[..., 0]).all()
    alone = regression_filter(stimulus, responses[:, :1], LAGS)
    np.testing.assert_allclose(found.filters[..., 0], alone.filters[..., 0], rtol=1e-6)


def test_a_stimulus_that_never_changes_gives_no_filter():
    responses = np.random.default_rng(1).poisson(1.0, (60, 2)).astype(float)
    assert np.isnan(regression_filter(np.full((60, 4, 5), 7, np.uint8), responses, LAGS).filters).all()


def test_components_carry_the_penalty_of_the_filters_they_make():
    basis = choose_components((LAGS, HEIGHT, WIDTH), 0.3, 0.7, 0.2, FEATURES)
    coefficients = np.random.default_rng(0).standard_normal((FEATURES, 2))
    weights = basis.filters(coefficients).reshape(FEATURES, 2)
    penalty = write_penalty(0.3, 0.7, 0.2)
    np.testing.assert_allclose(weights.T @ penalty @ weights, coefficients.T @ coefficients, atol=1e-9)


def test_the_smoothest_components_come_first():
    every = choose_components((LAGS, HEIGHT, WIDTH), 1.0, 1.0, 0.1, FEATURES)
    few = choose_components((LAGS, HEIGHT, WIDTH), 1.0, 1.0, 0.1, 7)
    assert sorted(few.scale) == sorted(every.scale)[-7:]


def test_gaps_between_blocks_are_as_long_as_windows_reach_back():
    bins = np.array([2, 3, 4, 5, 6, 7, 20, 21, 22, 23])
    assert module._assign_blocks(bins, 2, 3).tolist() == [0] * 5 + [2, 1, 1, 1, 1]
