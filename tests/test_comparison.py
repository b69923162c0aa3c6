import numpy as np
import pytest

from sysid.bootstrap import Fold
from sysid.comparison import difference_from
from sysid.metrics import correlation


def make_fold(seed, noise_sd):
    generator = np.random.default_rng(seed)
    responses = generator.standard_normal((4, 60, 5))
    noise = np.random.default_rng(seed + 100).standard_normal((60, 5))
    return Fold(responses, responses.mean(axis=0) + noise_sd * noise, np.arange(60) // 6)


def test_the_difference_is_that_of_the_mean_correlations():
    good, bad = ([[make_fold(seed, sd)] for seed in (0, 1)] for sd in (0.1, 1.0))
    found = difference_from("ln", good, bad)
    means = [
        np.mean([correlation(fold.responses, fold.prediction).mean() for (fold,) in folds])
        for folds in (good, bad)
    ]
    assert found.variant == "ln"
    assert found.correlation.estimate == pytest.approx(means[0] - means[1], rel=1e-6)
    assert found.correlation.low > 0
    assert difference_from("ln", good, good).correlation.estimate == 0


def test_variants_that_predict_other_bins_are_not_compared():
    assert difference_from("ln", [[make_fold(0, 0.1)]], [[make_fold(1, 0.1)]]) is None
    assert difference_from("ln", [[make_fold(0, 0.1)]], [[make_fold(s, 0.1)] for s in (0, 1)]) is None


def test_several_sessions_are_compared_over_the_cells_of_all():
    good, bad = ([[make_fold(0, sd), make_fold(1, sd)]] for sd in (0.1, 1.0))
    means = [
        np.mean([correlation(fold.responses, fold.prediction) for fold in sessions])
        for (sessions,) in (good, bad)
    ]
    found = difference_from("ln", good, bad).correlation
    assert found.estimate == pytest.approx(means[0] - means[1], rel=1e-6)
    assert found.low > 0
    assert difference_from("ln", good, [bad[0][:1]]) is None
    assert difference_from("ln", good, [bad[0][::-1]]) is None
