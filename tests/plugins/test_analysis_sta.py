"""Spike-triggered average and covariance."""

import subprocess
import sys

import numpy as np
import pytest

from sysid import SysidError
from sysid_analyses import sta
from sysid_analyses.lagged import correlation
from sysid_analyses.lagged.cosine import CosineCorrelation
from sysid_analyses.lagged.direct import DirectIntegerCorrelation
from sysid_analyses.lagged.residue import ResidueCorrelation
from sysid_analyses.sta import (
    join_presentations,
    spike_triggered_average,
    spike_triggered_covariance,
    weighted_windows,
)

LAGS, HEIGHT, WIDTH = 4, 3, 5


def draw_noise(frames, seed=0, sd=1.0):
    return sd * np.random.default_rng(seed).standard_normal((frames, HEIGHT, WIDTH))


def draw_filter(seed=1):
    return np.random.default_rng(seed).standard_normal((LAGS, HEIGHT, WIDTH))


def filter_stimulus(stimulus, filter):
    """What a linear cell answers, bin by bin, counting frames before the first as zero."""
    padded = np.concatenate([np.zeros((len(filter) - 1, *stimulus.shape[1:])), stimulus])
    return np.array(
        [
            sum((filter[lag] * padded[frame + len(filter) - 1 - lag]).sum() for lag in range(len(filter)))
            for frame in range(len(stimulus))
        ]
    )


def average_by_loop(stimulus, responses, lags):
    """The definition, window by window."""
    averages = np.full((lags, *stimulus.shape[1:], responses.shape[1]), np.nan)
    for neuron, own in enumerate(responses.T):
        bins = [bin for bin in range(lags - 1, len(own)) if not np.isnan(own[bin])]
        windows = np.array([stimulus[bin - lags + 1 : bin + 1][::-1] for bin in bins], dtype=np.float64)
        weights = own[bins] / own[bins].sum()
        averages[..., neuron] = np.tensordot(weights, windows, axes=1) - windows.mean(axis=0)
    return averages


def exact_average_by_loop(stimulus, responses, lags):
    """The definition, spike by spike, in whole numbers of half steps until they are divided."""
    values = np.unique(stimulus).astype(float)
    symbols = np.rint((stimulus - values.mean()) / (np.ptp(values) / 2)).astype(int)
    averages = np.full((lags, *stimulus.shape[1:], responses.shape[1]), np.nan)
    for neuron, own in enumerate(responses.T):
        total, bins = 0, 0
        weighted, plain = (np.zeros((lags, *stimulus.shape[1:]), dtype=int) for _ in range(2))
        for bin in range(lags - 1, len(own)):
            if np.isnan(own[bin]):
                continue
            window = symbols[bin - lags + 1 : bin + 1][::-1]
            plain, bins = plain + window, bins + 1
            for _ in range(int(own[bin])):
                weighted, total = weighted + window, total + 1
        if total > 0:
            averages[..., neuron] = (weighted / total - plain / bins) * (np.ptp(values) / 2)
    return averages


@pytest.fixture
def small_blocks(monkeypatch):
    """Make a small problem have several blocks of everything."""
    monkeypatch.setattr(correlation, "LAGS_AT_ONCE", 3)
    monkeypatch.setattr(correlation, "COLUMNS_AT_ONCE", 2)
    monkeypatch.setattr(correlation, "READ_AT_ONCE", 10)
    monkeypatch.setattr(correlation, "WORKSPACE_BYTES", 1 << 14)
    for kind in (CosineCorrelation, ResidueCorrelation, DirectIntegerCorrelation):
        monkeypatch.setattr(kind, "stretches", 2)


def use(monkeypatch, kind):
    """Take this processor for one that has a kind of products, or for one that has none."""
    monkeypatch.setattr(sta, "choose_exact", lambda: kind and (lambda lags, columns: kind(lags)))


def draw_responses(frames, neurons, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).poisson(1.0, (frames, neurons)).astype(dtype)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("kind", [None, ResidueCorrelation])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64])
def test_average_is_its_definition_whatever_is_masked(dtype, kind, monkeypatch):
    use(monkeypatch, kind)
    generator = np.random.default_rng(0)
    stimulus = generator.integers(0, 256, (160, HEIGHT, WIDTH)).astype(dtype)
    responses = draw_responses(160, 3)
    responses[10:25, 0] = np.nan
    responses[::3, 2] = np.nan
    average = spike_triggered_average(stimulus, responses, LAGS)
    np.testing.assert_allclose(average, average_by_loop(stimulus, responses, LAGS), atol=1e-4)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("kind", [ResidueCorrelation, DirectIntegerCorrelation])
@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ((0, 1), np.bool_),
        ((0, 255), np.uint8),
        ((10, 20, 30), np.uint8),
        ((-1, 0, 1), np.int8),
        ((-0.5, 0.5), np.float32),
        ((0.1, 0.2, 0.3), np.float32),
        ((-0.3, 0.4), np.float64),
    ],
)
def test_sums_for_two_and_three_valued_stimuli_are_exact(values, dtype, kind, monkeypatch):
    use(monkeypatch, kind)
    monkeypatch.setattr(sta, "_sum_windows", None)  # so that there is no other way
    drawn = np.random.default_rng(1).integers(0, len(values), (140, HEIGHT, WIDTH))
    stimulus, responses = np.array(values, dtype=dtype)[drawn], draw_responses(140, 6)
    responses[10:25, :2] = np.nan
    responses[::3, 3] = np.nan
    responses[:, 4] = 2
    responses[:, 5] = 0
    average = spike_triggered_average(stimulus, responses, LAGS)
    np.testing.assert_array_equal(average, exact_average_by_loop(stimulus, responses, LAGS))
    np.testing.assert_array_equal(average[..., 4], 0)  # a constant response has no direction


def test_both_ways_agree_on_binary_noise_and_many_lags(monkeypatch):
    stimulus = np.random.default_rng(0).integers(0, 2, (3000, HEIGHT, WIDTH)).astype(np.uint8)
    responses = draw_responses(3000, 40, dtype=np.float32)
    averages = []
    for kind in (None, ResidueCorrelation):
        use(monkeypatch, kind)
        averages.append(spike_triggered_average(stimulus, responses, 70))
    np.testing.assert_allclose(averages[0], averages[1], atol=1e-6)


@pytest.mark.parametrize("spoiled", [0.5, 44.0, -44.0, 300.0, 1e12])
def test_responses_that_are_not_small_counts_are_averaged_all_the_same(spoiled, monkeypatch):
    use(monkeypatch, ResidueCorrelation)
    monkeypatch.setattr(sta, "exact_average", None)
    stimulus = np.random.default_rng(0).integers(0, 2, (60, HEIGHT, WIDTH)).astype(np.uint8)
    responses = draw_responses(60, 2)
    responses[31, 1] = spoiled
    average = spike_triggered_average(stimulus, responses, LAGS)
    np.testing.assert_allclose(average, average_by_loop(stimulus, responses, LAGS), atol=1e-6)


PEAKS = """
import resource
import sys

import numpy as np

from sysid_analyses.sta import spike_triggered_average

frame = np.random.default_rng(0).integers(0, int(sys.argv[1]), (20, 20)).astype(sys.argv[2])
for frames in (57_344, 172_032):  # whole passes
    # views of one frame and of one bin take no memory: what is seen is what the average takes
    stimulus, responses = np.broadcast_to(frame, (frames, 20, 20)), np.broadcast_to(1.0, (frames, 4))
    spike_triggered_average(stimulus, responses, 5)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize(("values", "dtype"), [("2", "uint8"), ("256", "uint8"), ("256", "float32")])
def test_memory_does_not_grow_with_the_number_of_frames(values, dtype):
    command = [sys.executable, "-c", PEAKS, values, dtype]
    short, long = map(int, subprocess.run(command, capture_output=True, check=True, text=True).stdout.split())
    assert long < 1.05 * short  # a copy of the added frames alone, in 8 bits, would be 46 MB


def test_average_of_a_linear_cell_is_its_filter_within_sampling_error():
    """For r = b + w·x and white noise of variance s², STA = s² w / b + error, whose standard deviation is

    s · sd(r) / (b √frames) for every pixel and lag: no pixel may be off by more than 5 of these, and all
    together by more than 20 % from them in the root mean square (60 values).
    """
    frames, sd, mean = 20_000, 2.0, 20.0
    stimulus, filter = draw_noise(frames, sd=sd), draw_filter()
    responses = mean + filter_stimulus(stimulus, 0.3 * filter)
    average = spike_triggered_average(stimulus, responses[:, None], LAGS)[..., 0]
    error = average - sd**2 * 0.3 * filter / mean
    standard_error = sd * responses.std() / (mean * np.sqrt(frames))
    assert np.abs(error).max() < 5 * standard_error
    assert np.sqrt(np.mean(error**2)) == pytest.approx(standard_error, rel=0.2)
    cosine = (average * filter).sum() / np.linalg.norm(average) / np.linalg.norm(filter)
    assert cosine > 0.99


def test_lag_zero_is_the_frame_on_screen():
    stimulus = np.zeros((12, HEIGHT, WIDTH), dtype=np.uint8)
    stimulus[6, 1, 3] = 200
    responses = np.zeros((12, 2))
    responses[6, 0] = responses[8, 1] = 1
    average = spike_triggered_average(stimulus, responses, LAGS)
    assert np.unravel_index(average[..., 0].argmax(), average.shape[:3]) == (0, 1, 3)
    assert np.unravel_index(average[..., 1].argmax(), average.shape[:3]) == (2, 1, 3)


def test_a_neuron_without_spikes_has_no_average_and_spoils_no_other():
    stimulus, responses = draw_noise(30), np.ones((30, 3))
    responses[:, 1] = 0
    responses[5:, 2] = np.nan  # nothing but bins of which one has a whole window
    responses[:5, 2] = 0
    average = spike_triggered_average(stimulus, responses, LAGS)
    assert np.isnan(average[..., 1:]).all()
    np.testing.assert_array_equal(average[..., 0], 0)  # a constant response has no direction


def test_spikes_before_the_first_whole_window_do_not_count():
    stimulus, responses = draw_noise(30), np.zeros((30, 1))
    responses[: LAGS - 1] = 5
    assert np.isnan(spike_triggered_average(stimulus, responses, LAGS)).all()


@pytest.mark.parametrize(("frames", "lags", "line"), [(3, LAGS, "1 … 3"), (9, 0, "1 … 9"), (9, -1, "1 … 9")])
@pytest.mark.parametrize("function", [spike_triggered_average, spike_triggered_covariance])
def test_windows_that_do_not_exist_are_refused(function, frames, lags, line):
    with pytest.raises(SysidError, match=f"{function.__name__}: lags: expected {line}, the number of frames"):
        function(draw_noise(frames), np.ones((frames, 2)), lags)


def test_a_bright_stimulus_costs_no_digits():
    stimulus, responses = draw_noise(500), np.random.default_rng(2).poisson(1.0, (500, 2)).astype(float)
    bright = spike_triggered_average(stimulus + 1e5, responses, LAGS)
    np.testing.assert_allclose(bright, spike_triggered_average(stimulus, responses, LAGS), atol=1e-5)


def test_weights_are_summed_over_windows():
    stimulus, weights = draw_noise(20), np.random.default_rng(3).standard_normal((20, 2))
    weights[: LAGS - 1] = 0
    weights -= weights.sum(axis=0) / (20 - LAGS + 1) * (np.arange(20) >= LAGS - 1)[:, None]
    sums = weighted_windows(stimulus, weights, LAGS)
    expected = sum(weights[t, 1] * stimulus[t - 2] for t in range(LAGS - 1, 20))
    np.testing.assert_allclose(sums[2, :, :, 1], expected, atol=1e-5)


def test_joined_presentations_give_the_average_over_windows_that_lie_in_one():
    generator = np.random.default_rng(0)
    stimuli = [generator.integers(0, 256, (length, HEIGHT, WIDTH)).astype(np.uint8) for length in (20, 3, 30)]
    responses = [generator.poisson(1.0, (len(each), 2)).astype(np.float32) for each in stimuli]
    before = [each.copy() for each in responses]
    stimulus, joined = join_presentations(stimuli, responses, LAGS)
    assert stimulus.shape == (53, HEIGHT, WIDTH)
    assert stimulus.dtype == np.uint8
    assert np.flatnonzero(np.isnan(joined[:, 0])).tolist() == [0, 1, 2, 20, 21, 22, 23, 24, 25]
    np.testing.assert_array_equal(responses[0], before[0])  # what was given is as it was
    pieces = [(stimuli[0], responses[0]), (stimuli[2], responses[2])]
    windows, counts = [], []
    for frames, own in pieces:
        for bin in range(LAGS - 1, len(frames)):
            windows.append(frames[bin - LAGS + 1 : bin + 1][::-1].astype(float))
            counts.append(own[bin])
    weights = np.array(counts) / np.sum(counts, axis=0)
    expected = np.tensordot(np.array(windows), weights, axes=(0, 0)) - np.mean(windows, axis=0)[..., None]
    np.testing.assert_allclose(spike_triggered_average(stimulus, joined, LAGS), expected, atol=1e-4)


def test_windows_of_one_frame_leave_nothing_out():
    _, joined = join_presentations([draw_noise(2)] * 2, [np.ones((2, 1))] * 2, 1)
    assert not np.isnan(joined).any()


def test_covariance_is_that_of_weighted_windows_less_that_of_all(monkeypatch):
    monkeypatch.setattr(sta, "PIXELS_AT_ONCE", 9 * 2 * HEIGHT * WIDTH)
    generator = np.random.default_rng(0)
    stimulus = generator.integers(0, 256, (80, HEIGHT, WIDTH)).astype(np.uint8)
    responses = generator.poisson(0.7, (80, 3)).astype(np.float64)
    responses[30:50, 1] = np.nan
    responses[:, 2] = 0
    covariance = spike_triggered_covariance(stimulus, responses, 2)
    assert covariance.shape == (3, 30, 30)
    assert np.isnan(covariance[2]).all()
    for neuron in (0, 1):
        bins = [bin for bin in range(1, 80) if not np.isnan(responses[bin, neuron])]
        windows = np.array([stimulus[[bin, bin - 1]].ravel() for bin in bins], dtype=float).T
        expected = np.cov(windows, aweights=responses[bins, neuron], ddof=0) - np.cov(windows, ddof=0)
        np.testing.assert_allclose(covariance[neuron], expected, atol=1e-8 * np.abs(expected).max())


def test_covariance_finds_what_a_cell_answers_to_whatever_its_sign():
    """For r = (k·x)² and Gaussian x, the ensemble has variance 3 s² along k: 2 s² more than the prior."""
    stimulus, filter = draw_noise(40_000, sd=1.5), draw_filter()[:2]
    filter /= np.linalg.norm(filter)
    responses = filter_stimulus(stimulus, filter)[:, None] ** 2
    values, vectors = np.linalg.eigh(spike_triggered_covariance(stimulus, responses, 2)[0])
    assert values[-1] == pytest.approx(2 * 1.5**2, rel=0.05)
    assert abs(vectors[:, -1] @ filter.ravel()) > 0.99
    assert np.abs(values[:-1]).max() < 0.1 * values[-1]
    average = spike_triggered_average(stimulus, responses, 2)
    assert np.linalg.norm(average) < 0.1  # which the average does not


def test_a_covariance_that_would_fill_the_memory_is_one_line():
    with pytest.raises(SysidError) as error:
        spike_triggered_covariance(np.zeros((30, 40, 50), dtype=np.uint8), np.ones((30, 3)), 20)
    assert str(error.value) == (
        "spike_triggered_covariance: lags × height × width: expected at most 5792 for 3 neurons (1 GiB), "
        "got 40000; cut out or average pixels, or take fewer lags or neurons"
    )
