"""The sign-flip test over blocks of time: what blocks add, and how often chance passes for a finding."""

import numpy as np
import pytest
from scipy.stats import kstest, ttest_1samp

from sysid import bootstrap_difference, metrics
from sysid.bootstrap import Fold
from sysid_analyses.comparisons import sign_flip
from sysid_analyses.comparisons.paired_fold import pair_predictions
from sysid_analyses.comparisons.sign_flip import block_contributions, effect_size, sign_flip_test, smallest_p

BLOCKS, BINS, CELLS = 12, 8, 6  # bins of each block


def simulate(generator, gain=1.0, blocks=BLOCKS):
    """Two models that differ by nothing but chance where `gain` is 1: responses, both predictions, blocks.

    All cells share a signal; each model errs by a number per block and another per bin, which all cells share
    too, so that neither the bins of a block nor the cells are independent. The errors of b are `gain` times
    as large.
    """
    block = np.repeat(np.arange(blocks), BINS)
    signal = generator.standard_normal((len(block), 1)) + 0.3 * generator.standard_normal((len(block), CELLS))
    responses = signal + 0.3 * generator.standard_normal((3, len(block), CELLS))
    by_block = generator.standard_normal((2, blocks))[:, block, None]
    own = 0.3 * generator.standard_normal((2, len(block), CELLS))
    wrong = 0.7 * by_block + 0.7 * generator.standard_normal((2, len(block), 1)) + own
    return responses, signal + wrong[0], signal + gain * wrong[1], block


def flip(*data, **options):
    return sign_flip_test([pair_predictions(*data)], **options)


def mean_cc(responses, prediction):
    return metrics.mean_score(metrics.correlation(responses, prediction), metrics.scorable(responses)).mean


def test_contributions_add_up_to_the_difference_of_the_mean_correlations():
    responses, one, other, block = simulate(np.random.default_rng(0))
    contributions = block_contributions(responses, one, other, block)
    assert contributions.shape == (BLOCKS,)
    expected = mean_cc(responses, one) - mean_cc(responses, other)
    assert contributions.sum() == pytest.approx(expected, abs=1e-10)


def test_they_add_up_where_bins_are_missing_cells_are_silent_and_predictions_fail():
    responses, one, other, block = simulate(np.random.default_rng(1))
    responses[:, 5:30, 0], responses[1, 40:, 1] = np.nan, np.nan
    responses[:, :, 2] = 3.0  # cannot be scored
    one[:, 3], other[7, 4] = 0.5, np.inf  # constant, and diverged: each counts as 0
    contributions = block_contributions(responses, one, other, block)
    expected = mean_cc(responses, one) - mean_cc(responses, other)
    assert contributions.sum() == pytest.approx(expected, abs=1e-10)
    host = bootstrap_difference([Fold(responses, one, block)], [other], draws=2)
    assert contributions.sum() == pytest.approx(host.estimate, abs=1e-10)


def test_bins_that_one_prediction_lacks_are_left_out_for_both():
    responses, one, other, block = simulate(np.random.default_rng(2))
    one[: 2 * BINS], other[-3:] = np.nan, np.nan
    contributions = block_contributions(responses, one, other, block)
    kept = slice(2 * BINS, -3)
    expected = mean_cc(responses[:, kept], one[kept]) - mean_cc(responses[:, kept], other[kept])
    assert contributions.sum() == pytest.approx(expected, abs=1e-10)
    assert len(contributions) == BLOCKS - 2  # blocks without a bin are none


def test_a_block_adds_what_its_bins_add():
    responses, one, _, block = simulate(np.random.default_rng(3))
    other = one.copy()
    other[block == 4] = one[block == 4][::-1]  # leaves mean and variance as they are
    contributions = block_contributions(responses, one, other, block)
    assert np.flatnonzero(np.abs(contributions) > 1e-12).tolist() == [4]


def test_nothing_is_added_where_no_cell_can_be_scored():
    responses, one, other, block = simulate(np.random.default_rng(4))
    assert block_contributions(np.zeros_like(responses), one, other, block).shape == (0,)
    assert np.isnan(flip(np.zeros_like(responses), one, other, block))
    assert np.isnan(sign_flip_test([]))


def test_an_exchange_is_that_of_the_predictions_of_a_block():
    responses, one, other, block = simulate(np.random.default_rng(5))
    one, other = ((each - each.mean(axis=0)) / each.std(axis=0) for each in (one, other))
    signs = np.where(np.random.default_rng(0).random((4, BLOCKS)) < 0.5, -1.0, 1.0)
    found = pair_predictions(responses, one, 5 + 3 * other, block).exchange(signs)  # CC asks for no scale
    for row, difference in zip(signs, found, strict=True):
        kept = (row > 0)[block][:, None]
        exchanged = np.where(kept, one, other), np.where(kept, other, one)
        expected = mean_cc(responses, exchanged[0]) - mean_cc(responses, exchanged[1])
        assert difference == pytest.approx(expected, abs=1e-10)


def test_p_is_uniform_where_blocks_are_exchangeable_however_cells_and_bins_depend():
    generator = np.random.default_rng(0)
    by_block, by_cell = [], []
    for _ in range(200):
        data = simulate(generator)
        by_block.append(flip(*data))
        cells = metrics.correlation(data[0], data[1]) - metrics.correlation(data[0], data[2])
        by_cell.append(ttest_1samp(cells, 0).pvalue)
    assert kstest(by_block, "uniform").pvalue > 0.01
    assert np.mean(np.array(by_block) <= 0.05) == pytest.approx(0.05, abs=0.04)  # standard error .015
    assert np.mean(np.array(by_cell) <= 0.05) > 0.5  # a paired test that takes cells for independent


def test_p_is_uniform_over_folds_with_many_blocks():
    generator = np.random.default_rng(1)
    found = []
    for _ in range(150):
        folds = [pair_predictions(*simulate(generator)) for _ in range(2)]
        found.append(sign_flip_test(folds, draws=500))
    assert kstest(found, "uniform").pvalue > 0.01


def test_flipping_what_blocks_add_would_be_wrong():
    """Why CC is computed anew after every exchange: errors that are steady in a block move its variance."""
    generator = np.random.default_rng(2)
    wrong = []
    for _ in range(200):
        responses, *_, block = simulate(generator)
        signal = responses.mean(axis=0)
        one, other = (signal + generator.standard_normal((BLOCKS, 1))[block] for _ in range(2))
        y, a, b = ((each - each.mean(axis=0)) / each.std(axis=0) for each in (signal, one, other))
        added = np.bincount(block, (y * (a - b)).mean(axis=1))
        signs = 2.0 * generator.integers(0, 2, (500, BLOCKS)) - 1
        wrong.append(np.mean(np.abs(signs @ added) >= abs(added.sum())))
    assert np.mean(np.array(wrong) <= 0.05) > 0.1


def test_a_difference_that_is_there_is_found():
    generator = np.random.default_rng(0)
    found = [flip(*simulate(generator, gain=3.0)) for _ in range(50)]
    assert np.mean(np.array(found) <= 0.05) > 0.9


def test_all_exchanges_and_random_ones_agree(monkeypatch):
    data = simulate(np.random.default_rng(8), gain=1.2)
    exact = flip(*data)
    monkeypatch.setattr(sign_flip, "EXACT_BLOCKS", 0)
    drawn = flip(*data, draws=50_000)
    assert 0.02 < exact < 0.9
    assert drawn == pytest.approx(exact, abs=0.01)  # standard error at most .0022


def test_all_exchanges_are_counted_over_folds():
    first, second = (simulate(np.random.default_rng(seed), blocks=3) for seed in (0, 1))
    folds = [pair_predictions(*data) for data in (first, second)]
    signs = 1.0 - 2 * np.array(np.meshgrid(*[[0, 1]] * 6)).reshape(6, -1).T
    differences = (folds[0].exchange(signs[:, :3]) + folds[1].exchange(signs[:, 3:])) / 2
    expected = np.mean(np.abs(differences) >= abs(differences[0]) - 1e-12)  # the first has no exchange
    assert sign_flip_test(folds) == expected


def test_p_has_its_smallest_value_where_all_blocks_agree():
    for blocks, draws in ((3, 100), (14, 100), (40, 999)):
        responses, good, _, block = simulate(np.random.default_rng(0), blocks=blocks)
        bad = np.random.default_rng(1).standard_normal(good.shape)
        best = responses.mean(axis=0)
        assert flip(responses, best, bad, block, draws=draws) == pytest.approx(smallest_p(blocks, draws))
    assert smallest_p(0) == smallest_p(1) == 1


def test_p_does_not_ask_which_model_comes_first_nor_for_scale():
    responses, one, other, block = simulate(np.random.default_rng(0), gain=1.3)
    p = flip(responses, one, other, block)
    assert flip(responses, other, one, block) == p
    assert flip(responses, 0.01 * one - 4, 100 * other, block) == p


def test_models_that_predict_the_same_do_not_differ():
    for blocks in (9, 30):
        responses, one, _, block = simulate(np.random.default_rng(0), blocks=blocks)
        assert flip(responses, one, one, block) == 1
        assert np.isnan(effect_size(block_contributions(responses, one, one, block)))


def test_random_exchanges_come_from_the_seed_and_in_batches_alike(monkeypatch):
    data = simulate(np.random.default_rng(3), gain=1.1, blocks=30)
    p = flip(*data, draws=2000, seed=1)
    assert flip(*data, draws=2000, seed=1) == p
    assert flip(*data, draws=2000, seed=2) != p
    monkeypatch.setattr(sign_flip, "BATCH_VALUES", CELLS * 300)
    assert flip(*data, draws=2000, seed=1) == p


def test_effect_size_is_students_t_over_the_root_of_the_number_of_blocks():
    contributions = np.random.default_rng(0).normal(0.5, 1.0, 16)
    expected = ttest_1samp(contributions, 0).statistic / np.sqrt(16)
    assert effect_size(contributions) == pytest.approx(expected)
    assert effect_size(contributions / 7) == pytest.approx(expected)
    assert np.isnan(effect_size(contributions[:1]))
