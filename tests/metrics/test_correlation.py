import numpy as np
import pytest
from scipy import stats

from sysid import metrics


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_correlation_is_pearsons_of_the_mean_over_repeats(rng):
    responses, prediction = rng.poisson(1.0, (3, 50, 4)), rng.random((50, 4))
    expected = [stats.pearsonr(responses[:, :, n].mean(0), prediction[:, n]).statistic for n in range(4)]
    np.testing.assert_allclose(metrics.correlation(responses, prediction), expected, atol=1e-12)


def test_correlation_does_not_depend_on_scale_and_offset(rng):
    responses, prediction = rng.random((3, 50, 2)), rng.random((50, 2))
    shifted = metrics.correlation(1e3 + 2 * responses, 50 - 7 * prediction)
    np.testing.assert_allclose(shifted, -metrics.correlation(responses, prediction), atol=1e-10)


def test_bins_and_predictions_that_are_missing_are_as_if_cut_out(rng):
    responses, prediction = rng.random((3, 50, 2)), rng.random((50, 2))
    kept = np.r_[5:20, 23:50]
    masked, shortened = responses.copy(), prediction.copy()
    masked[:, 20:23] = np.nan
    shortened[:5] = np.nan
    for score in (metrics.correlation, metrics.single_trial_correlation, metrics.population_correlation):
        np.testing.assert_allclose(
            score(masked, shortened), score(responses[:, kept], prediction[kept]), atol=1e-12
        )


def test_correlation_averages_over_the_repeats_each_bin_has():
    nan = np.nan
    responses = np.array([[1.0, 5.0, nan, nan, 0.0], [3.0, nan, nan, 4.0, 0.0]])
    prediction = np.array([1.0, 2.0, 9.0, 3.0, 0.5])
    expected = stats.pearsonr([2.0, 5.0, 4.0, 0.0], [1.0, 2.0, 3.0, 0.5]).statistic
    assert metrics.correlation(responses, prediction) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("kind", ["concatenated", "per_trial"])
def test_single_trial_correlation_matches_scipy(rng, kind):
    responses, prediction = rng.random((3, 40)), rng.random(40)
    if kind == "concatenated":
        expected = stats.pearsonr(responses.ravel(), np.tile(prediction, 3)).statistic
    else:
        expected = np.mean([stats.pearsonr(trial, prediction).statistic for trial in responses])
    assert metrics.single_trial_correlation(responses, prediction, kind) == pytest.approx(expected, abs=1e-12)


def test_silent_trials_are_left_out_per_trial_and_kept_when_concatenated(rng):
    responses, prediction = rng.random((3, 40)), rng.random(40)
    responses[1] = 0
    others = responses[[0, 2]]
    per_trial = metrics.single_trial_correlation(responses, prediction, "per_trial")
    assert per_trial == pytest.approx(metrics.single_trial_correlation(others, prediction, "per_trial"))
    concatenated = metrics.single_trial_correlation(responses, prediction)
    assert concatenated == pytest.approx(
        stats.pearsonr(responses.ravel(), np.tile(prediction, 3)).statistic, abs=1e-12
    )


def test_population_correlation_is_that_of_the_means_over_cells(rng):
    responses, prediction = rng.random((3, 40, 5)), rng.random((40, 5))
    expected = stats.pearsonr(responses.mean(axis=(0, 2)), prediction.mean(axis=1)).statistic
    assert metrics.population_correlation(responses, prediction) == pytest.approx(expected, abs=1e-12)


def test_population_correlation_of_one_cell_is_its_correlation(rng):
    responses, prediction = rng.random((3, 40)), rng.random(40)
    expected = metrics.correlation(responses, prediction)
    assert metrics.population_correlation(responses, prediction) == pytest.approx(expected, abs=1e-12)


def test_a_bright_cell_that_is_only_there_half_the_time_is_no_population_correlation(rng):
    responses, prediction = rng.normal(size=(2, 4000, 3)), rng.normal(size=(4000, 3))
    responses[:, :, 0] += 100  # both know this cell's mean, and nothing else
    prediction[:, 0] += 100
    responses[:, 2000:, 0] = np.nan
    assert abs(metrics.population_correlation(responses, prediction)) < 4 / np.sqrt(4000)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_prediction_or_response_has_no_score(rng, dtype):
    responses = rng.poisson(1.0, (3, 30, 4)).astype(dtype)
    prediction = rng.random((30, 4)).astype(dtype)
    responses[:, :, 1] = dtype(0.1)
    prediction[:, 2] = dtype(0.1)
    prediction[::2, 3] = np.nextafter(dtype(0.3), dtype(1))
    prediction[1::2, 3] = dtype(0.3)  # constant but for rounding
    scores = metrics.correlation(responses, prediction)
    np.testing.assert_array_equal(np.isnan(scores), [False, True, True, True])
    assert np.isnan(metrics.population_correlation(responses[..., 1:2], prediction[..., 1:2]))
    assert np.isnan(metrics.population_correlation(responses[..., 2:], prediction[..., 2:]))


def test_a_prediction_that_is_infinite_anywhere_has_no_score(rng):
    responses, prediction = rng.random((3, 30, 2)), rng.random((30, 2))
    prediction[4, 1] = np.inf
    np.testing.assert_array_equal(np.isnan(metrics.correlation(responses, prediction)), [False, True])
    assert np.isnan(metrics.population_correlation(responses, prediction))
