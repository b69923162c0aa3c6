"""Time courses summed up, against kernels whose peaks and crossings are known."""

import math

import numpy as np
import pytest

from sysid_analyses.temporal_summary import TemporalSummary, temporal_summary

STAGE_S = 0.05


def biphasic(times_s):
    """u³e^(−u)(1/6 − u/24), u = t/θ: extrema at u = 2 and 6, zero at u = 4, rebound over peak 27 e^(−4)."""
    u = np.maximum(times_s, 0) / STAGE_S
    return u**3 * np.exp(-u) * (1 / 6 - u / 24)


@pytest.mark.parametrize("sign", [1, -3])
def test_a_known_biphasic_kernel(sign):
    dt_s = 1 / 60
    summary = temporal_summary(sign * biphasic(dt_s * np.arange(60)), dt_s)
    assert summary.first_peak_latency == pytest.approx(2 * STAGE_S, abs=0.1 * dt_s)
    assert summary.peak_time == pytest.approx(2 * STAGE_S, abs=0.1 * dt_s)
    assert summary.zero_crossing == pytest.approx(4 * STAGE_S, abs=0.1 * dt_s)
    assert summary.biphasic_index == pytest.approx(27 * math.exp(-4), rel=0.01)


def test_peaks_between_samples_are_found_to_a_tenth_of_a_sample():
    dt_s = 1 / 30
    for delay_s in np.linspace(0, dt_s, 7):
        summary = temporal_summary(biphasic(dt_s * np.arange(30) - delay_s), dt_s)
        assert summary.first_peak_latency == pytest.approx(2 * STAGE_S + delay_s, abs=0.1 * dt_s)
        assert summary.zero_crossing == pytest.approx(4 * STAGE_S + delay_s, abs=0.1 * dt_s)


def test_the_first_peak_need_not_be_the_largest():
    summary = temporal_summary(np.array([0.0, -3.0, 0.0, 2.0, 5.0, 2.0, 0.0]), 10.0)
    assert summary == TemporalSummary(10.0, 40.0, 20.0, pytest.approx(5 / 3))


def test_small_bumps_before_it_are_noise():
    summary = temporal_summary(np.array([0.4, 0.0, -0.3, 0.0, 5.0, 0.0]), 1.0)
    assert summary.first_peak_latency == summary.peak_time == 4


def test_a_time_course_with_one_lobe_never_crosses():
    summary = temporal_summary(np.array([0.0, 1.0, 2.0, 1.0, 0.0]), 1.0)
    assert (summary.peak_time, summary.biphasic_index) == (2, 0)
    assert math.isnan(summary.zero_crossing)


def test_a_peak_at_either_end_is_where_the_sample_is():
    assert temporal_summary(np.array([4.0, 1.0, -1.0]), 2.0) == TemporalSummary(0, 0, 3, 0.25)
    assert temporal_summary(np.array([0.0, 1.0, 4.0]), 2.0).peak_time == 4
    assert temporal_summary(np.array([-7.0]), 2.0).peak_time == 0


@pytest.mark.parametrize("vector", [np.zeros(4), np.array([1.0, np.nan, 2.0])])
def test_nothing_is_known_of_zeros_and_gaps(vector):
    summary = temporal_summary(vector, 1.0)
    assert np.isnan(
        [summary.first_peak_latency, summary.peak_time, summary.zero_crossing, summary.biphasic_index]
    ).all()


def test_a_flat_time_course_peaks_at_once():
    summary = temporal_summary(np.full(5, 2.0), 1.0)
    assert (summary.first_peak_latency, summary.biphasic_index) == (0, 0)
