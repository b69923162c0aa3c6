import numpy as np
import pytest
from scipy import stats

from sysid import metrics


def test_bits_per_spike_is_the_gain_in_poisson_log_likelihood():
    rng = np.random.default_rng(0)
    rate = rng.gamma(2.0, 0.3, (40, 3))
    responses, baseline = rng.poisson(rate, (5, 40, 3)), np.array([0.4, 0.5, 0.6])
    model = stats.poisson.logpmf(responses, rate).sum(axis=(0, 1))
    null = stats.poisson.logpmf(responses, baseline).sum(axis=(0, 1))
    expected = (model - null) / np.log(2) / responses.sum(axis=(0, 1))
    np.testing.assert_allclose(metrics.bits_per_spike(responses, rate, baseline), expected, atol=1e-12)


def test_the_true_rate_reaches_the_information_per_spike_of_brenner_et_al():
    rate = np.array([0.5, 1.0, 2.0, 4.5])
    responses = np.repeat(rate[None], 3, axis=0)  # the expected counts themselves
    expected = np.mean(rate / rate.mean() * np.log2(rate / rate.mean()))
    assert metrics.bits_per_spike(responses, rate, rate.mean()) == pytest.approx(expected, abs=1e-14)


def test_the_baseline_itself_gains_nothing():
    responses = np.random.default_rng(0).poisson(1.0, (3, 20))
    assert metrics.bits_per_spike(responses, np.full(20, 0.7), 0.7) == 0


def test_missing_bins_and_predictions_are_as_if_cut_out():
    rng = np.random.default_rng(0)
    responses, prediction = rng.poisson(1.0, (3, 20)).astype(float), rng.random(20) + 0.1
    masked, shortened = responses.copy(), prediction.copy()
    masked[:, 15:], shortened[:4] = np.nan, np.nan
    expected = metrics.bits_per_spike(responses[:, 4:15], prediction[4:15], 1.1)
    assert metrics.bits_per_spike(masked, shortened, 1.1) == pytest.approx(expected, abs=1e-12)


def test_a_spike_where_none_was_predicted_is_infinitely_bad_and_silence_there_is_not():
    prediction = np.array([0.0, 1.0, 2.0])
    assert metrics.bits_per_spike(np.array([[1.0, 1.0, 2.0]]), prediction, 1.0) == -np.inf
    expected = (2 * np.log(2) - 0.0) / (3 * np.log(2))  # Σλ = Σλ0
    assert metrics.bits_per_spike(np.array([[0.0, 1.0, 2.0]]), prediction, 1.0) == pytest.approx(expected)


def test_no_spikes_no_baseline_or_a_negative_rate_have_no_score():
    responses = np.ones((2, 3, 5))
    responses[:, :, 0] = 0
    prediction = np.ones((3, 5))
    prediction[1, 1], prediction[1, 4] = -0.1, np.inf
    baseline = np.array([1.0, 1.0, 0.0, np.nan, 1.0])
    assert np.isnan(metrics.bits_per_spike(responses, prediction, baseline)).all()
