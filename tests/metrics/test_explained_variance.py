import numpy as np
import pytest

from sysid import metrics


def simulate(repeats=8, frames=20_000, noise=2.0):
    rng = np.random.default_rng(repeats)
    signal = rng.normal(size=(frames, 3))
    return signal, signal + noise * rng.normal(size=(repeats, frames, 3))


def test_feve_is_the_formula_of_cadena_et_al():
    rng = np.random.default_rng(0)
    responses, prediction = rng.random((4, 30)), rng.random(30)
    noise, total = np.var(responses, axis=0, ddof=1).mean(), np.var(responses, ddof=1)
    expected = 1 - (np.mean((responses - prediction) ** 2) - noise) / (total - noise)
    assert metrics.feve(responses, prediction) == pytest.approx(expected, abs=1e-12)
    fraction = metrics.explainable_variance_fraction(responses)
    assert fraction == pytest.approx((total - noise) / total, abs=1e-12)


@pytest.mark.parametrize("repeats", [2, 8])
def test_the_true_signal_explains_all_explainable_variance(repeats):
    signal, responses = simulate(repeats)
    np.testing.assert_allclose(metrics.feve(responses, signal), 1, atol=0.06)
    np.testing.assert_allclose(metrics.explainable_variance_fraction(responses), 1 / (1 + 2.0**2), atol=0.02)


def test_the_mean_response_as_a_constant_prediction_explains_nothing():
    signal, responses = simulate()
    constant = np.broadcast_to(responses.mean(axis=(0, 1)), signal.shape)
    np.testing.assert_allclose(metrics.feve(responses, constant), 0, atol=1e-4)


def test_scale_and_offset_of_the_prediction_count():
    signal, responses = simulate()
    assert (metrics.feve(responses, 2 * signal) < 0.2).all()
    assert (metrics.feve(responses, signal + 3) < -5).all()


def test_missing_bins_repeats_and_predictions_are_as_if_cut_out():
    rng = np.random.default_rng(0)
    signal, responses = simulate(repeats=4, frames=30)
    masked, shortened = responses.copy(), signal.copy()
    masked[:, 25:], masked[2], shortened[:3] = np.nan, np.nan, np.nan
    kept = np.delete(responses[:, 3:25], 2, axis=0)
    np.testing.assert_allclose(metrics.feve(masked, shortened), metrics.feve(kept, signal[3:25]), atol=1e-12)
    np.testing.assert_allclose(
        metrics.explainable_variance_fraction(masked[:, 3:]),
        metrics.explainable_variance_fraction(kept),
        atol=1e-12,
    )
    responses[rng.random(responses.shape) < 0.3] = np.nan
    assert np.isfinite(metrics.explainable_variance_fraction(responses)).all()


def test_bins_with_unequal_repeats_weigh_alike_in_the_noise():
    responses = np.array([[1.0, 5.0, 2.0], [3.0, 6.0, np.nan], [2.0, np.nan, np.nan]])
    noise = (np.var([1.0, 3.0, 2.0], ddof=1) + np.var([5.0, 6.0], ddof=1)) / 2
    total = np.var([1.0, 3.0, 2.0, 5.0, 6.0, 2.0], ddof=1)
    assert metrics.explainable_variance_fraction(responses) == pytest.approx(1 - noise / total, abs=1e-12)


def test_nothing_is_explainable_of_constants_or_one_repeat():
    prediction = np.arange(5.0)
    constant, single = np.full((3, 5), 0.1), np.arange(5.0)[None]
    assert np.isnan(metrics.feve(constant, prediction))
    assert np.isnan(metrics.feve(single, prediction))
    assert np.isnan(metrics.explainable_variance_fraction(np.zeros((3, 5))))
    assert np.isnan(metrics.explainable_variance_fraction(single))
