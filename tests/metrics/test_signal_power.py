import itertools

import numpy as np
import pytest

from sysid import metrics


def simulate(rng, repeats, frames=20_000, neurons=3, noise=2.0):
    """A signal of variance 1 in independent noise of variance `noise`²: SP = 1 by construction."""
    signal = rng.normal(size=(frames, neurons))
    signal = (signal - signal.mean(0)) / signal.std(0)
    return signal, signal + noise * rng.normal(size=(repeats, frames, neurons))


def covariance_of_pairs(responses):
    """SP by its definition, pair by pair with np.cov."""
    pairs = []
    for first, second in itertools.combinations(responses, 2):
        shared = ~np.isnan(first) & ~np.isnan(second)
        if shared.sum() >= 2:
            pairs.append(np.cov(first[shared], second[shared], ddof=0)[0, 1])
    return np.mean(pairs)


def test_signal_power_is_the_formula_of_schoppe_et_al():
    responses = np.random.default_rng(0).random((5, 30))
    total_power = np.mean([np.var(repeat) for repeat in responses])
    expected = (5 * np.var(responses.mean(0)) - total_power) / 4
    assert metrics.signal_power(responses) == pytest.approx(expected, abs=1e-14)


def test_signal_power_is_the_mean_covariance_of_pairs_with_and_without_missing_bins():
    rng = np.random.default_rng(0)
    responses = rng.random((4, 30, 6))
    responses[:, 20:, 1] = np.nan  # bins
    responses[3, :, 2] = np.nan  # a repeat
    responses[0, 7, 3] = np.nan  # one bin of one repeat
    responses[..., 4][rng.random((4, 30)) < 0.4] = np.nan
    responses[:2, :15, 5], responses[2:, 15:, 5] = np.nan, np.nan  # halves that never meet
    expected = [covariance_of_pairs(responses[:, :, neuron]) for neuron in range(6)]
    np.testing.assert_allclose(metrics.signal_power(responses), expected, atol=1e-14)


@pytest.mark.parametrize("score", ["signal_power", "max_correlation"])
def test_missing_bins_and_repeats_are_as_if_cut_out(score):
    rng = np.random.default_rng(0)
    _, responses = simulate(rng, 4, frames=40, noise=0.5)
    masked = responses.copy()
    masked[:, 25:], masked[2] = np.nan, np.nan
    expected = getattr(metrics, score)(np.delete(responses[:, :25], 2, axis=0))
    np.testing.assert_allclose(getattr(metrics, score)(masked), expected, atol=1e-14)


@pytest.mark.parametrize("repeats", [2, 5, 20])
def test_signal_power_and_normalized_correlation_do_not_depend_on_the_number_of_repeats(repeats):
    signal, responses = simulate(np.random.default_rng(repeats), repeats)
    np.testing.assert_allclose(metrics.signal_power(responses), 1, atol=0.08)
    np.testing.assert_allclose(metrics.normalized_correlation(responses, signal), 1, atol=0.04)


@pytest.mark.parametrize("repeats", [2, 20])
def test_max_correlation_is_that_of_the_true_signal(repeats):
    signal, responses = simulate(np.random.default_rng(repeats), repeats)
    expected = np.sqrt(1 / (1 + 2.0**2 / repeats))
    np.testing.assert_allclose(metrics.max_correlation(responses), expected, atol=0.02)
    np.testing.assert_allclose(metrics.correlation(responses, signal), expected, atol=0.02)


def test_missing_at_random_leaves_signal_power_where_it_was():
    rng = np.random.default_rng(0)
    signal, responses = simulate(rng, 6)
    responses[rng.random(responses.shape) < 0.5] = np.nan
    np.testing.assert_allclose(metrics.signal_power(responses), 1, atol=0.08)
    np.testing.assert_allclose(metrics.normalized_correlation(responses, signal), 1, atol=0.05)


def test_normalized_correlation_is_correlation_over_its_maximum():
    rng = np.random.default_rng(3)
    signal, responses = simulate(rng, 4, frames=200)
    responses[rng.random(responses.shape) < 0.2] = np.nan
    prediction = signal + rng.normal(size=signal.shape)
    expected = metrics.correlation(responses, prediction) / metrics.max_correlation(responses)
    np.testing.assert_allclose(metrics.normalized_correlation(responses, prediction), expected, atol=1e-12)


def test_identical_repeats_have_a_maximum_of_one():
    responses = np.repeat(np.random.default_rng(0).random((1, 30)), 3, axis=0)
    assert metrics.max_correlation(responses) == pytest.approx(1, abs=1e-12)
    assert metrics.signal_power(responses) == pytest.approx(np.var(responses[0]), abs=1e-14)


def test_a_response_that_does_not_repeat_has_no_maximum_and_a_negative_signal_power():
    responses = np.array([[1.0, 0.0, 2.0, 0.0], [0.0, 1.5, 0.0, 1.0]])
    assert metrics.signal_power(responses) == pytest.approx(np.cov(*responses, ddof=0)[0, 1])
    assert metrics.signal_power(responses) < 0
    assert np.isnan(metrics.max_correlation(responses))
    assert np.isnan(metrics.normalized_correlation(responses, np.arange(4.0)))


def test_signal_power_of_exactly_zero_has_no_maximum():
    responses = 0.1 * np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0]])  # uncorrelated but for rounding
    assert metrics.signal_power(responses) == pytest.approx(0, abs=1e-16)
    assert np.isnan(metrics.max_correlation(responses))


def test_normalized_correlation_may_exceed_one():
    rng = np.random.default_rng(0)
    signal, responses = simulate(rng, 2, frames=50, neurons=50)
    scores = metrics.normalized_correlation(responses, signal)
    assert np.nanmax(scores) > 1


def test_constant_responses_and_predictions_have_no_normalized_correlation():
    signal, responses = simulate(np.random.default_rng(0), 3, frames=40)
    responses[:, :, 1] = np.array([0.1, 0.2, 0.3])[:, None]  # each repeat constant
    signal[:, 2] = 0.7
    np.testing.assert_array_equal(
        np.isnan(metrics.normalized_correlation(responses, signal)), [False, True, True]
    )
    np.testing.assert_array_equal(np.isnan(metrics.max_correlation(responses)), [False, True, False])


def test_one_repeat_says_nothing_about_the_signal():
    responses = np.random.default_rng(0).random((1, 20, 2))
    prediction = responses[0]
    for scores in (
        metrics.signal_power(responses),
        metrics.max_correlation(responses),
        metrics.normalized_correlation(responses, prediction),
    ):
        assert np.isnan(scores).all()


def test_neurons_are_scored_alike_however_many_there_are(monkeypatch):
    rng = np.random.default_rng(0)
    signal, responses = simulate(rng, 3, frames=40, neurons=7)
    responses[rng.random(responses.shape) < 0.2] = np.nan
    whole = metrics.normalized_correlation(responses, signal)
    monkeypatch.setattr("sysid.metrics.axes.GROUP_VALUES", 2 * 3 * 40)  # two neurons at a time
    np.testing.assert_allclose(metrics.normalized_correlation(responses, signal), whole, atol=1e-14)
    one_by_one = [metrics.normalized_correlation(responses[:, :, n], signal[:, n]) for n in range(7)]
    np.testing.assert_allclose(whole, one_by_one, atol=1e-13)
