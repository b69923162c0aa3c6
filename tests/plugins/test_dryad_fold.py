"""Contiguous folds over sections or images."""

import numpy as np
import pytest

from sysid import SysidError
from sysid_datasets.dryad_fold import split_blocks, split_training


def runs_of(parts: np.ndarray, part: str) -> int:
    inside = np.concatenate([[False], parts == part]).astype(int)
    return int((np.diff(inside) == 1).sum())


@pytest.mark.parametrize(("count", "folds"), [(45, 5), (47, 5), (13, 2), (10, 3), (7, 7)])
def test_every_block_is_tested_in_one_fold_and_every_part_is_filled(count, folds):
    splits = [split_blocks(count, folds, fold, 0.2) for fold in range(folds)]
    np.testing.assert_array_equal(sum(parts == "test" for parts in splits), np.ones(count))
    for parts in splits:
        assert runs_of(parts, "test") == runs_of(parts, "validation") == 1
        assert (parts == "train").any()


@pytest.mark.parametrize("count", [45, 47])
def test_validation_never_touches_the_test_run_and_rotates_with_it(count):
    starts = set()
    for fold in range(5):
        parts = split_blocks(count, 5, fold, 0.2)
        validation, test = (np.flatnonzero(parts == part) for part in ("validation", "test"))
        assert np.abs(validation[:, None] - test[None, :]).min() > 1
        assert len(validation) == round(0.2 * (count - len(test)))
        starts.add(validation[0])
    assert len(starts) == 5


def test_no_fraction_is_no_validation():
    assert set(split_blocks(9, 3, 1, 0.0)) == {"train", "test"}


def test_a_small_fraction_is_one_block():
    assert (split_blocks(9, 3, 1, 0.01) == "validation").sum() == 1


def test_more_folds_than_blocks_is_an_error():
    with pytest.raises(SysidError, match="dryad_mea: folds: expected at most 4, one block each, got 5"):
        split_blocks(4, 5, 0, 0.2)


def test_a_validation_run_that_does_not_fit_is_an_error():
    line = r"validation_fraction: expected a run that fits .*at most 4, and fewer than all.*got 0.9, 7 blocks"
    with pytest.raises(SysidError, match=line):
        split_blocks(12, 3, 1, 0.9)


def test_a_validation_run_that_leaves_nothing_to_train_is_an_error():
    with pytest.raises(SysidError, match="leaves some to train"):
        split_blocks(4, 2, 0, 0.9)


def test_a_test_part_elsewhere_leaves_the_fold_to_train():
    for fold in range(4):
        within, elsewhere = (each(11, 4, fold, 0.3) for each in (split_blocks, split_training))
        np.testing.assert_array_equal(elsewhere == "validation", within == "validation")
        assert set(elsewhere) == {"train", "validation"}
