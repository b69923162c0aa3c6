import time

import numpy as np
import pytest
from scipy.signal import lfilter

from sysid import SysidError, metrics
from sysid.bootstrap import (
    Fold,
    block_ids,
    bootstrap_difference,
    bootstrap_mean_correlation,
    bootstrap_pooled_correlation,
    bootstrap_pooled_difference,
)


def autoregressive(rng, frames, neurons, memory=5):
    """AR(1) along frames, started in its stationary state, variance 1."""
    weight = np.exp(-1 / memory)
    noise = rng.normal(size=(frames, neurons)) * np.sqrt(1 - weight**2)
    noise[0] /= np.sqrt(1 - weight**2)
    return lfilter([1], [1, -weight], noise, axis=0)


def simulate(rng, frames=600, neurons=6, repeats=3, quality=None):
    """Cells whose signal is partly shared and whose predictions differ in quality."""
    signal = 0.5 * autoregressive(rng, frames, 1) + autoregressive(rng, frames, neurons)
    error = rng.uniform(0.2, 1.5, neurons) if quality is None else quality
    prediction = signal + error * autoregressive(rng, frames, neurons)
    return signal + rng.normal(size=(repeats, frames, neurons)), prediction


def make_fold(rng, **options):
    responses, prediction = simulate(rng, **options)
    return Fold(responses, prediction, np.arange(len(prediction)) // 20)


def resample_slowly(fold, draws, rng):
    """The same bootstrap by writing every resample out and scoring it with `metrics.correlation`."""
    blocks = [np.flatnonzero(fold.blocks == block) for block in np.unique(fold.blocks)]
    means = []
    for _ in range(draws):
        bins = np.concatenate([blocks[pick] for pick in rng.integers(len(blocks), size=len(blocks))])
        cells = rng.integers(fold.prediction.shape[1], size=fold.prediction.shape[1])
        scores = metrics.correlation(fold.responses[:, bins], fold.prediction[bins])
        means.append(np.mean(scores[cells]))
    return np.array(means)


def test_the_estimate_is_the_mean_of_the_cells_correlations():
    fold = make_fold(np.random.default_rng(0))
    fold.responses[:, 30:50, 2], fold.responses[1, 90:200] = np.nan, np.nan
    expected = metrics.correlation(fold.responses, fold.prediction).mean()
    assert bootstrap_mean_correlation([fold], draws=2).estimate == pytest.approx(expected, abs=1e-12)


def test_resampled_sums_are_resampled_bins():
    fold = make_fold(np.random.default_rng(0), frames=200)
    fold.responses[:, 30:50, 2] = np.nan
    slow = resample_slowly(fold, 2000, np.random.default_rng(1))
    fast = bootstrap_mean_correlation([fold], draws=4000)
    assert fast.standard_error == pytest.approx(slow.std(), rel=0.07)  # 2000 draws: sd 1.6 %
    np.testing.assert_allclose([fast.low, fast.high], np.quantile(slow, [0.025, 0.975]), atol=0.01)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    intervals = []
    for seed in range(200):
        responses, prediction = simulate(rng, neurons=12)
        fold = Fold(responses, prediction, block_ids(None, responses))
        intervals.append(bootstrap_mean_correlation([fold], draws=200, seed=seed))
    estimates = np.array([interval.estimate for interval in intervals])
    truth = estimates.mean()
    covered = np.mean([interval.low <= truth <= interval.high for interval in intervals])
    ratio = np.mean([interval.standard_error for interval in intervals]) / estimates.std()
    assert 0.9 <= ratio <= 1.35  # resampling cells and time is wide rather than narrow
    assert covered >= 0.9


def test_one_cell_has_the_standard_error_that_repetition_shows():
    rng = np.random.default_rng(0)
    intervals = []
    for seed in range(200):
        responses, prediction = simulate(rng, frames=1000, neurons=1, quality=0.8)
        fold = Fold(responses, prediction, block_ids(None, responses))
        intervals.append(bootstrap_mean_correlation([fold], draws=200, seed=seed))
    ratio = np.mean([each.standard_error for each in intervals]) / np.std(
        [each.estimate for each in intervals]
    )
    assert 0.8 <= ratio <= 1.2


def test_folds_are_averaged_and_never_pooled():
    rng = np.random.default_rng(0)
    folds = [make_fold(rng, frames=200), make_fold(rng, frames=300)]
    folds[1] = Fold(folds[1].responses, folds[1].prediction - 50, folds[1].blocks)  # pooled, CC would be lost
    each = [metrics.correlation(fold.responses, fold.prediction).mean() for fold in folds]
    assert bootstrap_mean_correlation(folds, draws=2).estimate == pytest.approx(np.mean(each), abs=1e-12)


def test_more_folds_narrow_the_interval_only_as_far_as_the_cells_allow():
    rng = np.random.default_rng(0)
    quality = np.array([0.1, 3.0, 0.1, 3.0, 0.1, 3.0])
    folds = [make_fold(rng, quality=quality) for _ in range(4)]
    one, four = bootstrap_mean_correlation(folds[:1]), bootstrap_mean_correlation(folds)
    scores = metrics.correlation(folds[0].responses, folds[0].prediction)
    assert four.standard_error < one.standard_error
    assert four.standard_error > 0.8 * scores.std() / np.sqrt(6)


def test_a_difference_is_narrower_than_its_parts_where_these_vary_together():
    rng = np.random.default_rng(0)
    fold = make_fold(rng)
    worse = fold.prediction + 0.3 * rng.normal(size=fold.prediction.shape)
    better = bootstrap_mean_correlation([fold])
    difference = bootstrap_difference([fold], [worse])
    expected = better.estimate - metrics.correlation(fold.responses, worse).mean()
    assert difference.estimate == pytest.approx(expected, abs=1e-12)
    assert difference.low > 0
    assert difference.standard_error < 0.5 * better.standard_error
    assert bootstrap_difference([fold], [fold.prediction]).standard_error == pytest.approx(0, abs=1e-15)


def test_bins_that_one_of_two_predictions_lacks_are_left_out_for_both():
    fold = make_fold(np.random.default_rng(0))
    other = fold.prediction[::-1].copy()
    other[:100] = np.nan
    kept = [metrics.correlation(fold.responses[:, 100:], p[100:]).mean() for p in (fold.prediction, other)]
    difference = bootstrap_difference([fold], [other], draws=2)
    assert difference.estimate == pytest.approx(kept[0] - kept[1], abs=1e-12)


def test_failed_predictions_count_zero_and_silent_cells_not_at_all():
    fold = make_fold(np.random.default_rng(0))
    fold.prediction[:, 0], fold.prediction[3, 1], fold.prediction[:, 2] = 0.3, np.inf, np.nan
    fold.responses[:, :, 3] = 0
    scores = metrics.correlation(fold.responses, fold.prediction)
    expected = metrics.mean_score(scores, metrics.scorable(fold.responses))
    assert expected.failed == (0, 1, 2)
    interval = bootstrap_mean_correlation([fold], draws=50)
    assert interval.estimate == pytest.approx(expected.mean, abs=1e-12)
    assert interval.low < interval.estimate < interval.high


def test_a_cell_that_spikes_in_one_block_only_is_left_out_of_draws_without_it():
    responses = np.zeros((1, 40))
    responses[0, 3:6] = 1
    prediction = responses[0] * 2 + 1
    interval = bootstrap_mean_correlation([Fold(responses, prediction, np.arange(40) // 10)])
    np.testing.assert_allclose([interval.low, interval.high], 1, atol=1e-12)


def test_draws_come_from_the_seed():
    fold = make_fold(np.random.default_rng(0))
    first = bootstrap_mean_correlation([fold], draws=20, seed=1)
    assert bootstrap_mean_correlation([fold], draws=20, seed=1) == first
    assert bootstrap_mean_correlation([fold], draws=20, seed=2) != first


def test_a_higher_level_is_wider():
    fold = make_fold(np.random.default_rng(0))
    narrow, wide = (bootstrap_mean_correlation([fold], level=level) for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_many_cells_are_drawn_in_batches_alike(monkeypatch):
    fold = make_fold(np.random.default_rng(0))
    whole = bootstrap_mean_correlation([fold], draws=2000)
    monkeypatch.setattr("sysid.resampling.BATCH_VALUES", 6 * 300)
    parts = bootstrap_mean_correlation([fold], draws=2000)
    assert parts.standard_error == pytest.approx(whole.standard_error, rel=0.1)


def test_one_block_has_an_estimate_and_no_interval():
    fold = make_fold(np.random.default_rng(0), frames=20)
    interval = bootstrap_mean_correlation([fold])
    assert np.isfinite(interval.estimate)
    assert np.isnan([interval.standard_error, interval.low, interval.high]).all()


def test_a_thousand_draws_of_a_hundred_cells_and_blocks_take_a_moment():
    fold = make_fold(np.random.default_rng(0), frames=2000, neurons=100)
    bootstrap_mean_correlation([fold], draws=2)
    start = time.perf_counter()
    bootstrap_mean_correlation([fold], draws=1000)
    assert time.perf_counter() - start < 1  # .03 s; the rest is for a busy machine


def test_every_cell_weighs_the_same_whatever_session_it_is_of():
    rng = np.random.default_rng(0)
    sessions = [[make_fold(rng, frames=200, neurons=2)], [make_fold(rng, frames=300, neurons=7)]]
    cells = np.concatenate([metrics.correlation(fold.responses, fold.prediction) for (fold,) in sessions])
    assert bootstrap_pooled_correlation(sessions, draws=2).estimate == pytest.approx(cells.mean(), abs=1e-12)


def test_folds_of_sessions_are_pooled_over_cells_before_they_are_averaged():
    rng = np.random.default_rng(0)
    sessions = [[make_fold(rng, frames=200, neurons=count) for _ in range(2)] for count in (2, 5)]
    of_folds = [
        np.concatenate([metrics.correlation(s[fold].responses, s[fold].prediction) for s in sessions]).mean()
        for fold in range(2)
    ]
    found = bootstrap_pooled_correlation(sessions, draws=2)
    assert found.estimate == pytest.approx(np.mean(of_folds), abs=1e-12)


def test_blocks_and_cells_are_resampled_within_each_session():
    rng = np.random.default_rng(0)
    sessions = [[make_fold(rng, frames=200, neurons=4)], [make_fold(rng, frames=300, neurons=8)]]
    slow = [resample_slowly(fold, 2000, np.random.default_rng(seed)) for seed, (fold,) in enumerate(sessions)]
    slow = (4 * slow[0] + 8 * slow[1]) / 12
    fast = bootstrap_pooled_correlation(sessions, draws=4000)
    assert fast.standard_error == pytest.approx(slow.std(), rel=0.07)
    np.testing.assert_allclose([fast.low, fast.high], np.quantile(slow, [0.025, 0.975]), atol=0.01)


def test_a_pooled_difference_is_that_of_the_pooled_means():
    rng = np.random.default_rng(0)
    sessions = [[make_fold(rng, frames=200, neurons=count)] for count in (2, 5)]
    others = [[make_fold(rng, frames=200, neurons=count).prediction] for count in (2, 5)]
    worse = [
        [Fold(fold.responses, other, fold.blocks)] for (fold,), (other,) in zip(sessions, others, strict=True)
    ]
    difference = bootstrap_pooled_difference(sessions, others, draws=200)
    expected = [bootstrap_pooled_correlation(each, draws=2).estimate for each in (sessions, worse)]
    assert difference.estimate == pytest.approx(expected[0] - expected[1], abs=1e-12)
    assert difference.low < difference.estimate < difference.high


def test_one_block_in_any_session_leaves_no_interval():
    rng = np.random.default_rng(0)
    found = bootstrap_pooled_correlation([[make_fold(rng)], [make_fold(rng, frames=20)]])
    assert np.isfinite(found.estimate)
    assert np.isnan(found.standard_error)


def test_sections_are_blocks_and_bins_outside_them_get_their_own():
    responses = np.random.default_rng(0).normal(size=(2, 9, 3))
    np.testing.assert_array_equal(
        block_ids(np.array([4, 4, 7, 7, 7, 9, 9, 4, 4]), responses), [0, 0, 1, 1, 1, 2, 2, 0, 0]
    )
    np.testing.assert_array_equal(
        block_ids(np.array([4, 4, 7, 7, -1, 9, 9, 9, 9]), responses), [0, 0, 1, 1, 3, 2, 2, 2, 2]
    )


@pytest.mark.parametrize("section", [None, np.zeros(3000, dtype=int), np.full(3000, -1)])
def test_without_sections_blocks_are_contiguous_and_outlast_the_autocorrelation(section):
    responses = autoregressive(np.random.default_rng(0), 3000, 5, memory=10)[None]
    blocks = block_ids(section, responses)
    lengths = np.bincount(blocks)
    assert set(np.diff(blocks)) == {0, 1}
    assert lengths.min() >= 5 * metrics.autocorrelation_time(responses)
    assert len(lengths) >= 20


def test_a_short_recording_has_shorter_blocks_and_at_least_two():
    responses = autoregressive(np.random.default_rng(0), 300, 5, memory=10)[None]
    lengths = np.bincount(block_ids(None, responses))
    assert lengths.min() >= 2 * metrics.autocorrelation_time(responses)
    assert len(lengths) > 3
    np.testing.assert_array_equal(block_ids(None, np.arange(6.0)[None]), [0, 0, 0, 1, 1, 1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda fold: bootstrap_mean_correlation([]),
            "folds: expected at least one, all with the same cells, got cell counts []",
        ),
        (
            lambda fold: bootstrap_mean_correlation([fold, make_fold(np.random.default_rng(0), neurons=2)]),
            "folds: expected at least one, all with the same cells, got cell counts [6, 2]",
        ),
        (
            lambda fold: bootstrap_mean_correlation([fold], draws=1),
            "draws, level: expected at least 2 and between 0 and 1, got 1 and 0.95",
        ),
        (
            lambda fold: bootstrap_difference([fold], []),
            "baselines: expected one prediction per fold (1), got 0",
        ),
        (
            lambda fold: bootstrap_pooled_correlation([[fold], [fold, fold]]),
            "sessions: expected at least one, all with as many folds, got fold counts [1, 2]",
        ),
        (
            lambda fold: bootstrap_pooled_correlation([]),
            "sessions: expected at least one, all with as many folds, got fold counts []",
        ),
        (
            lambda fold: bootstrap_pooled_difference([[fold], [fold]], [[fold.prediction], []]),
            "baselines: expected one prediction per fold ([1, 1]), got [1, 0]",
        ),
        (
            lambda fold: bootstrap_mean_correlation([Fold(fold.responses, fold.prediction, np.arange(3))]),
            "blocks: expected 600 whole numbers of at least 0, one per frame, got int64 of shape (3,)",
        ),
        (
            lambda fold: block_ids(np.arange(3), fold.responses),
            "section: expected one number per frame (600,), got shape (3,)",
        ),
    ],
)
def test_mistakes_are_one_line(call, message):
    with pytest.raises(SysidError) as caught:
        call(make_fold(np.random.default_rng(0)))
    assert str(caught.value) == message
