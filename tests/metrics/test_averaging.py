import numpy as np
import pytest

from sysid import SysidError, metrics


def test_a_cell_is_scorable_where_its_mean_response_varies():
    responses = np.random.default_rng(0).random((3, 20, 5))
    responses[:, :, 1] = 0.1
    responses[0, :, 2], responses[1:, :, 2] = 0.1, 0.3  # repeats differ, bins do not
    responses[:, :, 3] = np.nan
    responses[:, 1:, 4] = np.nan  # one bin
    scorable = metrics.scorable(responses)
    assert scorable.dtype == bool
    np.testing.assert_array_equal(scorable, [True, False, False, False, False])
    assert metrics.scorable(responses[:, :, 0]) is True


def test_a_failed_prediction_counts_zero_and_an_unscorable_cell_not_at_all():
    rng = np.random.default_rng(0)
    responses, prediction = rng.random((3, 20, 4)), rng.random((20, 4))
    responses[:, :, 1], prediction[:, 2] = 0, 0.5
    scores = metrics.correlation(responses, prediction)
    result = metrics.mean_score(scores, metrics.scorable(responses))
    assert result.mean == pytest.approx((scores[0] + scores[3]) / 3, abs=1e-14)
    assert (result.counted, result.excluded, result.failed) == (3, (1,), (2,))


def test_a_model_gains_nothing_by_failing_on_its_worst_cell():
    scorable, honest = np.array([True, True]), np.array([0.1, 0.5])
    failing = np.array([np.nan, 0.5])
    assert metrics.mean_score(failing, scorable).mean < metrics.mean_score(honest, scorable).mean


def test_the_mean_over_no_cells_is_nan():
    result = metrics.mean_score(np.array([np.nan]), np.array([False]))
    assert np.isnan(result.mean)
    assert result.counted == 0


def test_scores_and_cells_that_do_not_match_are_refused():
    with pytest.raises(SysidError, match="expected one number and one truth value per neuron"):
        metrics.mean_score(np.zeros(3), np.array([True, False]))
