"""Filters over one column of a unit table."""

import numpy as np
import pytest

from sysid_datasets.neurodata.unit_filter import PRESETS, UnitFilter

NUMBERS = np.array([0.5, np.nan, 2.0, 3.0])
TEXTS = np.array(["good", "", "mua", "good"])


@pytest.mark.parametrize(
    ("limits", "passing"),
    [
        ({"min": 2.0}, [2, 3]),
        ({"max": 2.0}, [0, 2]),
        ({"min": 1.0, "max": 2.5}, [2]),
        ({"values": ("2", "0.50")}, [0, 2]),
        ({"min": -1e9}, [0, 2, 3]),
    ],
)
def test_numbers_pass_between_limits_and_nan_never(limits, passing):
    assert np.flatnonzero(UnitFilter(column="snr", **limits).passes(NUMBERS)).tolist() == passing


def test_texts_pass_that_are_among_the_values():
    assert UnitFilter(column="quality", values=("good", "fine")).passes(TEXTS).tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize("value", ["true", "True"])
def test_true_and_false_are_written_in_either_case(value):
    column = np.array(["True", "False"])
    assert UnitFilter(column="default_qc", values=(value,)).passes(column).tolist() == [True, False]


def test_limits_of_a_text_are_refused():
    with pytest.raises(
        ValueError, match=r'expected numbers to compare with min or max, got texts ."", "good", "m'
    ):
        UnitFilter(column="quality", min=1.0).passes(TEXTS)


def test_a_text_among_numbers_is_refused():
    with pytest.raises(
        ValueError, match=r'expected values that are numbers, as the column holds .* got "good"'
    ):
        UnitFilter(column="snr", values=("good",)).passes(NUMBERS)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({}, 'column "snr": expected either values, or min or max, got neither'),
        ({"values": ("1",), "max": 2.0}, 'column "snr": expected either values, or min or max, got both'),
        ({"min": 3.0, "max": 2.0}, 'column "snr": expected min not above max, got 3 and 2'),
    ],
)
def test_filters_that_say_nothing_or_too_much_are_refused(keys, line):
    with pytest.raises(ValueError, match="^" + line):
        UnitFilter(column="snr", **keys)


def test_a_filter_is_told_in_words():
    assert UnitFilter(column="quality", values=("good", "mua")).describe() == "quality = good or mua"
    assert [each.describe() for each in PRESETS["allen"]] == [
        "isi_violations ≤ 0.5",
        "amplitude_cutoff ≤ 0.1",
        "presence_ratio ≥ 0.95",
    ]
    assert UnitFilter(column="snr", min=1.0, max=2.0).describe() == "snr ≥ 1 and ≤ 2"
