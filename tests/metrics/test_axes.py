import subprocess
import sys

import numpy as np
import pytest

from sysid import SysidError, metrics

RESPONSES_ONLY = [
    metrics.signal_power,
    metrics.max_correlation,
    metrics.explainable_variance_fraction,
    metrics.leave_one_out_oracle,
    metrics.split_half_ceiling,
]
WITH_PREDICTION = [
    metrics.correlation,
    metrics.single_trial_correlation,
    metrics.normalized_correlation,
    metrics.feve,
    lambda responses, prediction: metrics.bits_per_spike(responses, prediction, 0.5),
]


def one_line(call, *arguments):
    with pytest.raises(SysidError) as caught:
        call(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_one_neuron_gives_a_float_and_several_an_array():
    rng = np.random.default_rng(0)
    responses, prediction = rng.random((3, 20, 2)), rng.random((20, 2)) + 0.1
    for score in RESPONSES_ONLY:
        assert isinstance(score(responses[:, :, 1]), float)
        assert score(responses).shape == (2,)
        assert score(responses)[1] == pytest.approx(score(responses[:, :, 1]), abs=1e-12)
    for score in WITH_PREDICTION:
        assert isinstance(score(responses[:, :, 1], prediction[:, 1]), float)
        assert score(responses, prediction).shape == (2,)
        assert score(responses, prediction)[1] == pytest.approx(score(responses[:, :, 1], prediction[:, 1]))


@pytest.mark.parametrize("score", RESPONSES_ONLY)
def test_responses_of_other_axes_are_refused(score):
    message = one_line(score, np.zeros(5))
    expected = "responses: expected 2 axes (repeat, frame) or 3 (repeat, frame, neuron), got 1 of shape (5,)"
    assert message == expected
    message = one_line(score, np.zeros((2, 0)))
    assert message == "responses: expected at least one repeat and one frame, got shape (2, 0)"


@pytest.mark.parametrize("score", [*WITH_PREDICTION, metrics.population_correlation])
def test_a_prediction_of_other_axes_is_refused(score):
    message = one_line(score, np.zeros((2, 5, 3)), np.zeros((5, 4)))
    expected = "prediction: expected (frame, neuron) of shape (5, 3) as in responses, got (5, 4)"
    assert message == expected
    message = one_line(score, np.zeros((2, 5)), np.zeros((5, 1)))
    assert message == "prediction: expected (frame,) of shape (5,) as in responses, got (5, 1)"


def test_a_baseline_of_other_axes_is_refused():
    message = one_line(metrics.bits_per_spike, np.zeros((2, 5, 3)), np.zeros((5, 3)), np.zeros(5))
    assert message == "baseline: expected one number or one per neuron (3), got shape (5,)"


def test_infinite_responses_and_words_are_refused():
    responses = np.zeros((2, 5))
    responses[0, 1] = np.inf
    message = one_line(metrics.signal_power, responses)
    assert message == "responses: expected finite numbers or NaN (not recorded), got infinity in 1 bins"
    assert one_line(metrics.signal_power, np.array([["a"]])) == "responses: expected real numbers, got <U1"


def test_nothing_recorded_is_nan_without_a_warning():
    responses, prediction = np.full((3, 6, 2), np.nan), np.ones((6, 2))
    for score in RESPONSES_ONLY:
        assert np.isnan(score(responses)).all()
    for score in WITH_PREDICTION:
        assert np.isnan(score(responses, prediction)).all()
        assert np.isnan(score(np.ones((3, 6, 2)), np.full((6, 2), np.nan))).all()
    assert np.isnan(metrics.population_correlation(responses, prediction))


def test_no_neurons_give_no_scores():
    for score in RESPONSES_ONLY:
        assert score(np.zeros((2, 5, 0))).shape == (0,)


def test_float32_responses_are_summed_in_float64():
    rng = np.random.default_rng(0)
    responses = (1000 + rng.random((3, 5000))).astype(np.float32)
    expected = np.cov(responses.astype(np.float64), ddof=0)[np.triu_indices(3, 1)].mean()
    assert metrics.signal_power(responses) == pytest.approx(expected, rel=1e-9)


def test_metrics_need_no_torch():
    program = "import sys, sysid.metrics, sysid.bootstrap; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
