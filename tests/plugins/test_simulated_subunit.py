"""The two cells of Fig. 2."""

import itertools

import numpy as np
import pytest
from scipy.signal import correlate2d

from sysid_datasets.simulated_subunit import fig2_rate_hz, make_fig2_cells


def test_cell_a_takes_the_left_squares_and_cell_b_the_right():
    cells = make_fig2_cells("I", 30.0)
    assert [np.flatnonzero(row).tolist() for row in cells.weights] == [[0, 1, 4, 5], [2, 3, 6, 7]]
    assert [neuron.id for neuron in cells.neurons] == ["A", "B"]
    assert [neuron.receptive_field.centre for neuron in cells.neurons] == [(1.5, 3.5), (5.5, 3.5)]


def test_squares_fill_rows_two_to_five_without_overlap():
    expected = np.zeros((8, 8))
    expected[2:6] = 1
    np.testing.assert_array_equal(make_fig2_cells("I", 30.0).maps.sum(axis=0), expected)
    np.testing.assert_array_equal(np.argwhere(make_fig2_cells("I", 30.0).maps[6])[0], (4, 4))


def test_second_kind_changes_the_first_subunit_only():
    first, second = (make_fig2_cells(kind, 30.0).maps for kind in ("I", "II"))
    assert not np.array_equal(first[0], second[0])
    assert np.array_equal(first[1:], second[1:])


def test_distinct_shapes_are_unlike_under_any_shift():
    maps = make_fig2_cells("distinct", 30.0).maps / 2
    for one, other in itertools.combinations(maps, 2):
        assert correlate2d(one, other).max() < 0.68


@pytest.mark.parametrize("kind", ["I", "II", "distinct"])
def test_all_subunits_are_equally_strong_and_fit_a_kernel_of_six_pixels(kind):
    maps = make_fig2_cells(kind, 30.0).maps
    np.testing.assert_allclose(np.linalg.norm(maps, axis=(1, 2)), 2, rtol=1e-6)
    for image in maps:
        rows, columns = np.nonzero(image)
        assert max(np.ptp(rows), np.ptp(columns)) < 6


def test_kernel_is_off_and_begins_at_lag_three():
    kernel = make_fig2_cells("I", 30.0).kernels[0]
    assert kernel.shape == (20,)
    assert np.array_equal(kernel[:3], np.zeros(3))
    assert kernel[3] < 0
    assert np.abs(kernel).argmax() == 5  # OFF: the largest lobe is negative, 3 frames after the delay of 2
    assert kernel[5] < 0
    assert kernel[10] > 0


def test_kernel_has_the_known_temporal_regularity():
    kernel = make_fig2_cells("I", 30.0).kernels[0].astype(np.float64)
    spread = (np.abs(kernel).max() - np.abs(kernel)).mean()
    irregularity = 5e-4 / (np.linalg.norm(kernel - kernel.mean()) + 5e-4)
    assert spread - irregularity == pytest.approx(0.35995, abs=1e-5)  # Eq. 8, Zheng et al. 2021


def test_rate_is_twice_what_exceeds_the_threshold():
    np.testing.assert_allclose(fig2_rate_hz(np.array([[0.0, 2.5], [3.0, 4.5]])), [[0, 0], [1, 4]])
