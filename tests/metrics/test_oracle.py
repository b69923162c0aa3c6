import itertools

import numpy as np
import pytest
from scipy import stats

from sysid import SysidError, metrics


def simulate(repeats, frames=20_000, noise=1.0):
    rng = np.random.default_rng(repeats)
    signal = rng.normal(size=(frames, 2))
    return signal + noise * rng.normal(size=(repeats, frames, 2))


@pytest.mark.parametrize("kind", ["concatenated", "per_trial"])
def test_the_oracle_correlates_each_trial_with_the_mean_of_the_others(kind):
    responses = np.random.default_rng(0).random((4, 30))
    others = np.array([np.delete(responses, trial, axis=0).mean(0) for trial in range(4)])
    if kind == "concatenated":
        expected = stats.pearsonr(responses.ravel(), others.ravel()).statistic
    else:
        expected = np.mean([stats.pearsonr(*pair).statistic for pair in zip(responses, others, strict=True)])
    assert metrics.leave_one_out_oracle(responses, kind) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", ["concatenated", "per_trial"])
def test_the_oracle_of_a_simulated_neuron_is_what_its_noise_allows(kind):
    expected = 1 / np.sqrt((1 + 1.0) * (1 + 1.0 / 4))  # five trials: a trial against the mean of four
    np.testing.assert_allclose(metrics.leave_one_out_oracle(simulate(5), kind), expected, atol=0.02)


def test_the_oracle_leaves_out_what_no_other_trial_saw():
    responses = np.random.default_rng(0).random((3, 20))
    masked = responses.copy()
    masked[1:, 15:], masked[:, :2] = np.nan, np.nan
    expected = metrics.leave_one_out_oracle(responses[:, 2:15])
    assert metrics.leave_one_out_oracle(masked) == pytest.approx(expected, abs=1e-12)


def test_a_drift_from_trial_to_trial_lowers_only_the_concatenated_oracle():
    drifting = simulate(5, frames=2000) + np.array([0.0, 2.0, 4.0, 6.0, 8.0])[:, None, None]
    assert (metrics.leave_one_out_oracle(drifting) < 0).all()
    assert (metrics.leave_one_out_oracle(drifting, "per_trial") > 0.6).all()


def test_another_kind_of_oracle_is_refused():
    with pytest.raises(SysidError, match=r'^kind: expected "concatenated" or "per_trial", got \'pooled\'$'):
        metrics.leave_one_out_oracle(np.zeros((2, 5)), "pooled")


def halvings(repeats):
    half = repeats // 2
    for first in itertools.combinations(range(repeats), half):
        for second in itertools.combinations(sorted(set(range(repeats)) - set(first)), half):
            yield list(first), list(second)


@pytest.mark.parametrize("repeats", [2, 3, 4, 5])
def test_few_repeats_are_halved_in_all_ways(repeats):
    responses = simulate(repeats, frames=30, noise=0.5)[:, :, 0]
    halves = [
        stats.pearsonr(responses[first].mean(0), responses[second].mean(0)).statistic
        for first, second in halvings(repeats)
    ]
    reliability = np.mean(halves)
    expected = np.sqrt(2 * reliability / (1 + reliability))
    assert metrics.split_half_ceiling(responses) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("repeats", [2, 12])
def test_the_split_half_ceiling_agrees_with_the_maximum_from_signal_power(repeats):
    responses = simulate(repeats)
    expected = np.sqrt(1 / (1 + 1 / repeats))
    np.testing.assert_allclose(metrics.split_half_ceiling(responses, splits=20), expected, atol=0.01)
    np.testing.assert_allclose(
        metrics.split_half_ceiling(responses, splits=20), metrics.max_correlation(responses), atol=0.01
    )


def test_random_halves_come_from_the_seed():
    responses = simulate(12, frames=50)
    first = metrics.split_half_ceiling(responses, splits=3, seed=1)
    np.testing.assert_array_equal(metrics.split_half_ceiling(responses, splits=3, seed=1), first)
    assert (metrics.split_half_ceiling(responses, splits=3, seed=2) != first).all()


def test_missing_bins_and_repeats_are_as_if_cut_out_of_the_halves():
    responses = simulate(5, frames=40, noise=0.5)
    masked = responses.copy()
    masked[:, 30:], masked[1] = np.nan, np.nan
    expected = metrics.split_half_ceiling(np.delete(responses[:, :30], 1, axis=0))
    np.testing.assert_allclose(metrics.split_half_ceiling(masked), expected, atol=1e-12)


def test_no_ceiling_without_repeats_or_reliability():
    assert np.isnan(metrics.split_half_ceiling(np.random.default_rng(0).random((1, 20))))
    assert np.isnan(metrics.leave_one_out_oracle(np.random.default_rng(0).random((1, 20))))
    assert np.isnan(metrics.split_half_ceiling(np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])))
    assert np.isnan(metrics.split_half_ceiling(np.full((4, 20), 0.1)))


def test_no_split_is_refused():
    with pytest.raises(SysidError, match=r"^splits: expected at least 1, got 0$"):
        metrics.split_half_ceiling(np.zeros((2, 3)), splits=0)
