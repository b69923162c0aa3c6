"""Circular shifts, and the false discovery rate over cells."""

import numpy as np
import pytest
from scipy.signal import lfilter

from sysid_analyses import significance
from sysid_analyses.significance import (
    average_pixels,
    benjamini_hochberg,
    pixel_deviation,
    shift_test,
)
from sysid_analyses.sta import spike_triggered_average
from sysid_datasets.simulated_movie import natural_movie

LAGS, HEIGHT, WIDTH = 4, 3, 5


def draw_noise(frames, seed=0):
    return np.random.default_rng(seed).standard_normal((frames, HEIGHT, WIDTH))


def draw_responses(stimulus, gain, seed=1):
    """Counts of a cell that a pixel two frames back excites."""
    drive = np.concatenate([np.zeros(2), stimulus[:-2, 1, 2]])
    return np.random.default_rng(seed).poisson(np.exp(gain * drive - 1)).astype(float)


def draw_drifting_counts(frames, cells, seed):
    """Counts that drift slowly, and never saw a stimulus."""
    generator = np.random.default_rng(seed)
    drift = lfilter([np.sqrt(1 - 0.95**2)], [1, -0.95], generator.standard_normal((frames, cells)), axis=0)
    return generator.poisson(np.exp(0.5 * drift - 1)).astype(float)


def test_a_driven_cell_is_told_from_one_that_is_not():
    stimulus = draw_noise(600)
    responses = np.stack([draw_responses(stimulus, 0.8), draw_responses(stimulus[::-1], 0.8)], axis=1)
    test = shift_test(stimulus, responses, LAGS, 99)
    assert (test.shifts, test.smallest_p) == (99, 0.01)
    assert test.p[0] == 0.01
    assert test.p[1] > 0.05


def test_statistic_is_the_largest_average_in_standard_errors():
    stimulus, responses = 10 + 3 * draw_noise(400), np.random.default_rng(0).poisson(1.0, (400, 2)) * 1.0
    responses[50:90, 1] = np.nan
    test = shift_test(stimulus, responses, LAGS, 1)
    for neuron, own in enumerate(responses.T):
        used = np.isfinite(own) & (np.arange(400) >= LAGS - 1)
        weights = own[used] / own[used].sum() - 1 / used.sum()
        average = spike_triggered_average(stimulus, responses, LAGS)[..., neuron]
        z = np.abs(average) / stimulus.std(axis=0) / np.linalg.norm(weights)
        assert test.statistic[neuron] == pytest.approx(z.max(), rel=1e-5)


def test_false_positives_under_drift_and_a_correlated_movie_are_as_many_as_asked_for():
    p = []
    for seed in range(8):
        movie = natural_movie(400, 5, 30.0, np.random.default_rng(seed))[:, 0]
        responses = draw_drifting_counts(400, 30, seed)
        responses[150:190] = np.nan
        p.append(shift_test(movie, responses, LAGS, 39, seed=seed).p)
    p = np.concatenate(p)
    assert p.min() >= 1 / 40
    for level in (0.05, 0.2, 0.5):  # 240 cells that share movies: about twice the binomial error
        assert np.mean(p <= level) == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 240))


def test_shifts_are_longer_than_the_history_and_stay_in_the_recorded_bins(monkeypatch):
    seen = []
    largest = significance._largest
    monkeypatch.setattr(
        significance,
        "_largest",
        lambda pixels, weights, lags: seen.append(weights) or largest(pixels, weights, lags),
    )
    responses = np.zeros((60, 2))
    responses[20], responses[40:50] = 1, np.nan
    shift_test(draw_noise(60), responses, LAGS, 1000)
    true, shifted = seen[0], np.concatenate(seen[1:], axis=1)
    bins = np.flatnonzero(np.isfinite(responses[:, 0]))[LAGS - 1 :]
    assert shifted.shape == (60, 2 * (47 - 2 * LAGS + 1))  # all there are, each once
    assert len(np.unique(shifted[:, ::2], axis=1).T) == 40
    assert not shifted[np.setdiff1d(np.arange(60), bins)].any()
    spikes = np.array([np.flatnonzero(column > 0)[0] for column in shifted.T])
    assert np.flatnonzero(true[:, 0] > 0).tolist() == [20]
    assert np.abs(spikes - 20).min() >= LAGS
    moved = np.abs(np.searchsorted(bins, spikes) - np.searchsorted(bins, 20))
    assert np.minimum(moved, len(bins) - moved).min() == LAGS


def test_cells_recorded_in_other_bins_are_shifted_in_their_own():
    stimulus = draw_noise(500)
    responses = np.stack([draw_responses(stimulus, 0.8)] * 2, axis=1)
    responses[:100, 0] = responses[300:, 1] = np.nan
    assert shift_test(stimulus, responses, LAGS, 49).p.tolist() == [0.02, 0.02]


def test_the_same_seed_gives_the_same_and_another_another():
    stimulus, responses = draw_noise(200), np.random.default_rng(0).poisson(1.0, (200, 5)).astype(float)
    first, same, other = (shift_test(stimulus, responses, LAGS, 30, seed=seed).p for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


def test_a_recording_too_short_to_shift_shows_nothing():
    test = shift_test(draw_noise(9), np.eye(9)[:, 4:6], LAGS, 20)
    assert (test.shifts, test.p.tolist()) == (0, [1, 1])


def test_silent_and_constant_cells_have_no_p():
    responses = np.stack([np.zeros(60), np.ones(60), np.arange(60.0)], axis=1)
    test = shift_test(draw_noise(60), responses, LAGS, 9)
    assert np.isnan(test.p).tolist() == np.isnan(test.statistic).tolist() == [True, True, False]


def test_adjusted_p_is_that_of_the_step_up_procedure():
    p = np.array([0.01, np.nan, 0.04, 0.03, 0.005, 0.5])
    # sorted .005 .01 .03 .04 .5, times 5/rank: .025 .025 .05 .05 .5
    expected = [0.025, np.nan, 0.05, 0.05, 0.025, 0.5]
    np.testing.assert_allclose(benjamini_hochberg(p), expected)
    assert benjamini_hochberg(np.array([np.nan])).tolist() == pytest.approx([np.nan], nan_ok=True)


def test_false_discoveries_are_as_rare_as_asked_for():
    generator = np.random.default_rng(0)
    shares = []
    for _ in range(400):
        p = generator.uniform(size=40)
        p[:10] **= 8  # a quarter is real
        chosen = benjamini_hochberg(p) <= 0.2
        shares.append(chosen[10:].sum() / max(1, chosen.sum()))
    assert 0.12 < np.mean(shares) < 0.2 + 2 * np.std(shares) / 20


def test_deviation_is_that_of_numpy_also_in_blocks(monkeypatch):
    stimulus = np.random.default_rng(0).integers(0, 256, (50, HEIGHT, WIDTH)).astype(np.uint8)
    monkeypatch.setattr(significance, "PIXELS_AT_ONCE", 7 * HEIGHT * WIDTH)
    np.testing.assert_allclose(pixel_deviation(stimulus), stimulus.std(axis=0))


def test_pixels_are_averaged_over_squares_of_which_the_last_are_smaller():
    stimulus = np.random.default_rng(0).integers(0, 256, (4, 5, 8)).astype(np.uint8)
    smaller = average_pixels(stimulus, 3)
    assert smaller.shape == (4, 2, 3)
    assert smaller[2, 0, 1] == pytest.approx(stimulus[2, 0:3, 3:6].mean())
    assert smaller[3, 1, 2] == pytest.approx(stimulus[3, 3:5, 6:8].mean())
    assert average_pixels(stimulus, 8) is stimulus
