"""Holm's adjustment against a worked example and against the principle it follows from."""

import itertools

import numpy as np
import pytest

from sysid_analyses.comparisons.multiplicity import holm


def test_four_tests_by_hand():
    # in rising order .005·4, .01·3, .03·2, .04·1 → .02, .03, .06, and .04 may not fall below .06
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_closure_of_bonferronis_test(seed):
    p = np.random.default_rng(seed).uniform(0, 0.6, 6)
    expected = [
        max(
            min(1, len(others) * p[list(others)].min())
            for size in range(1, 7)
            for others in itertools.combinations(range(6), size)
            if test in others
        )
        for test in range(6)
    ]
    np.testing.assert_allclose(holm(p), expected)


def test_one_test_needs_no_adjustment_and_none_has_none():
    assert holm(np.array([0.03])).tolist() == [0.03]
    assert holm(np.array([])).tolist() == []


def test_equal_p_stay_equal_and_nothing_exceeds_1():
    np.testing.assert_allclose(holm(np.array([0.02, 0.02, 0.9])), [0.06, 0.06, 0.9])
    np.testing.assert_allclose(holm(np.array([0.6, 0.7])), [1, 1])


def test_a_test_that_was_not_made_does_not_count():
    np.testing.assert_allclose(holm(np.array([0.01, np.nan, 0.04])), [0.02, np.nan, 0.04])


def test_a_false_finding_among_true_nulls_is_as_rare_as_it_says():
    generator = np.random.default_rng(0)
    shared = generator.standard_normal((4000, 1))
    z = (shared + generator.standard_normal((4000, 10))) / np.sqrt(2)  # tests depend on one another
    p = np.exp(-np.square(np.maximum(z, 0)) / 2)  # larger than the normal tail: a valid p
    assert np.mean([holm(each).min() <= 0.05 for each in p]) <= 0.05
