"""Model cells made of subunits."""

import numpy as np
import pytest
from scipy.stats import gamma

from sysid import Neuron, ReceptiveField
from sysid_datasets import simulated_cell
from sysid_datasets.simulated_cell import Cells, biphasic_kernel, describe_truth, pooled_drive, subunit_drive

FRAMES, HEIGHT, WIDTH, SUBUNITS, LAGS = 9, 2, 3, 4, 5


@pytest.fixture
def cells():
    generator = np.random.default_rng(0)
    draw = lambda *shape: generator.standard_normal(shape).astype(np.float32)  # noqa: E731  # one line of setup
    neurons = tuple(Neuron(str(n), ReceptiveField((float(n), n + 0.5))) for n in range(2))
    weights = np.abs(draw(2, SUBUNITS))
    return Cells(draw(SUBUNITS, HEIGHT, WIDTH), draw(SUBUNITS, LAGS), weights, neurons)


@pytest.fixture
def stimulus():
    return np.random.default_rng(1).integers(0, 256, (FRAMES, 1, HEIGHT, WIDTH), dtype=np.uint8)


def _drive_by_hand(stimulus, cells, subunit, frame):
    total = 0.0
    for lag in range(min(LAGS, frame + 1)):
        pixels = stimulus[frame - lag, 0] / 255 - 0.5
        total += cells.kernels[subunit, lag] * (cells.maps[subunit] * pixels).sum()
    return total


def test_drive_is_the_sum_over_lags_and_pixels(stimulus, cells):
    drive = subunit_drive(stimulus, cells)
    assert drive.shape == (FRAMES, SUBUNITS)
    expected = [[_drive_by_hand(stimulus, cells, s, t) for s in range(SUBUNITS)] for t in range(FRAMES)]
    np.testing.assert_allclose(drive, expected, atol=1e-5)


def test_drive_does_not_depend_on_the_chunks(stimulus, cells, monkeypatch):
    whole = subunit_drive(stimulus, cells)
    monkeypatch.setattr(simulated_cell, "CHUNK_PIXELS", 4 * HEIGHT * WIDTH)  # 9 frames in chunks of 4
    np.testing.assert_allclose(subunit_drive(stimulus, cells), whole, atol=1e-6)


def test_neuron_adds_only_positive_drives(stimulus, cells):
    expected = np.zeros((FRAMES, 2))
    for frame in range(FRAMES):
        for subunit in range(SUBUNITS):
            rectified = max(0.0, _drive_by_hand(stimulus, cells, subunit, frame))
            expected[frame] += cells.weights[:, subunit] * rectified
    np.testing.assert_allclose(pooled_drive(stimulus, cells), expected, atol=1e-5)


def test_kernel_is_a_difference_of_gamma_densities():
    times_s = np.arange(-2, 18) / 30
    kernel = biphasic_kernel(times_s, 0.05)
    expected = gamma.pdf(times_s, 4, scale=0.05) - gamma.pdf(times_s, 5, scale=0.05)
    np.testing.assert_allclose(kernel, expected / np.linalg.norm(expected), atol=1e-6)


def test_truth_has_unit_subunits_and_their_weighted_sum_as_filter(cells):
    truth = describe_truth(cells, {})
    assert truth.subunits.shape == (SUBUNITS, LAGS, HEIGHT, WIDTH)
    np.testing.assert_allclose(np.square(truth.subunits).sum(axis=(1, 2, 3)), 1, rtol=1e-5)
    expected = sum(
        cells.weights[1, s] * np.multiply.outer(cells.kernels[s], cells.maps[s]) for s in range(SUBUNITS)
    )
    np.testing.assert_allclose(truth.filters[1], expected, rtol=1e-4, atol=1e-6)
    assert truth.centres.tolist() == [[0.0, 0.5], [1.0, 1.5]]
