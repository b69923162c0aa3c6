"""Moran's I, temporal regularity, and what they are measured on."""

import math

import numpy as np
import pytest

from sysid_analyses.first_layer.kernel_reference import crop_to_power, regularity_examples
from sysid_analyses.first_layer.kernel_summary import exceedance, state_kernels, summarize_kernels
from sysid_analyses.kernel import measure_kernels, rank_kernels, spatial_autocorrelation, temporal_regularity
from sysid_datasets.simulated_subunit import biphasic_kernel

ROWS, COLUMNS = np.indices((6, 6))
PULSE = np.eye(20)[4]
FLAT = np.ones(20)
SINE = np.sin(2 * np.pi * np.arange(20) / 20)


def gaussian(size, sigma):
    distance = np.arange(size) - (size - 1) / 2
    profile = np.exp(-np.square(distance) / (2 * sigma**2))
    return np.outer(profile, profile)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ((ROWS + COLUMNS) % 2 * 1.0, -1),
        ((COLUMNS < 3) * 1.0, 0.8),
        (gaussian(25, 4), 0.99944),
    ],
)
def test_autocorrelation_of_known_maps(image, expected):
    assert spatial_autocorrelation(image) == pytest.approx(expected, abs=5e-6)


def test_autocorrelation_is_that_of_the_weight_matrix_written_out():
    image = np.random.default_rng(0).normal(size=(3, 5))
    row, column = (each.ravel() for each in np.indices(image.shape))
    steps = np.abs(np.subtract.outer(row, row)) + np.abs(np.subtract.outer(column, column))
    weights = (steps == 1) * 1.0  # no wrap, no diagonal
    z = image.ravel() - image.mean()
    expected = image.size / weights.sum() * (z @ weights @ z) / (z @ z)
    assert spatial_autocorrelation(image) == pytest.approx(expected)


def test_scale_sign_and_offset_of_a_map_change_nothing():
    image = np.random.default_rng(1).normal(size=(4, 3))
    assert spatial_autocorrelation(2 - 5 * image) == pytest.approx(spatial_autocorrelation(image))


def test_noise_has_the_expectation_of_morans_i():
    draws = np.random.default_rng(2).normal(size=(2000, 4, 5))
    mean = np.mean([spatial_autocorrelation(each) for each in draws])
    assert mean == pytest.approx(-1 / 19, abs=0.015)  # 3 standard errors


@pytest.mark.parametrize("image", [np.full((3, 4), 0.1), np.zeros((3, 4)), np.ones((1, 1))])
def test_a_constant_map_has_no_autocorrelation(image):
    assert math.isnan(spatial_autocorrelation(image))


@pytest.mark.parametrize(
    ("vector", "expected", "released"),
    [
        (PULSE, 0.949487, 0.949487),
        (-PULSE, 0.949487, 0.949534),
        (FLAT, -1, -1),
        (-FLAT, -1, -0.00025),
        (SINE, 0.116070, 0.116070),
    ],
)
def test_regularity_of_known_courses_by_the_text_and_by_the_released_code(vector, expected, released):
    assert temporal_regularity(vector) == pytest.approx(expected, abs=5e-7)
    assert temporal_regularity(vector, released=True) == pytest.approx(released, abs=5e-7)


def test_regularity_of_the_simulated_kernel():
    times_s = (np.arange(20) - 2) / 30
    assert temporal_regularity(biphasic_kernel(times_s, 0.05)) == pytest.approx(0.35995, abs=5e-6)


def test_regularity_of_white_noise_lies_above_that_of_a_sine():
    sine, noise, pulse = regularity_examples(20)
    assert (sine, pulse) == (pytest.approx(0.116070, abs=5e-7), pytest.approx(0.949487, abs=5e-7))
    assert noise == pytest.approx(0.31, abs=0.006)


def test_regularity_does_not_know_scale_or_sign():
    course = np.random.default_rng(3).normal(size=7)
    assert temporal_regularity(-4 * course) == pytest.approx(temporal_regularity(course))


@pytest.mark.parametrize("vector", [np.ones(1), np.zeros(5)])
def test_what_has_no_course_has_no_regularity(vector):
    assert math.isnan(temporal_regularity(vector))


def test_a_kernel_is_measured_on_its_map_and_its_course():
    course, image = np.array([0.0, 2.0, -1.0]), gaussian(5, 1.5)[:, :4]
    noise = np.random.default_rng(4).normal(size=(3, 5, 4))
    measured = measure_kernels(np.stack([-3 * course[:, None, None] * image, noise, np.zeros((3, 5, 4))]))
    assert measured.maps.shape == (3, 5, 4)
    assert measured.times.shape == (3, 3)
    assert measured.separability[0] == pytest.approx(1)
    assert measured.autocorrelation[0] == pytest.approx(spatial_autocorrelation(image))
    assert measured.regularity[0] == pytest.approx(temporal_regularity(course))
    assert measured.l1_norm[0] == pytest.approx(3 * 3 * image.sum())
    singular = np.linalg.svd(noise.reshape(3, 20), compute_uv=False)
    assert measured.separability[1] == pytest.approx(singular[0] ** 2 / np.square(singular).sum())
    assert np.isnan([measured.separability[2], measured.autocorrelation[2], measured.regularity[2]]).all()


def test_ranking_puts_the_largest_first_and_what_has_no_score_last():
    assert rank_kernels(np.array([0.1, np.nan, 0.5, 0.1])).tolist() == [2, 0, 3, 1]


def test_a_subunit_is_cut_around_the_middle_of_its_power_and_inside_the_frame():
    filter = np.zeros((2, 7, 9))
    filter[:, 2:4, 5:7] = 1
    assert np.argwhere(crop_to_power(filter, 4, 6)[0]).min(axis=0).tolist() == [1, 2]
    corner = np.zeros((2, 7, 9))
    corner[0, 0, 8] = 1
    np.testing.assert_array_equal(crop_to_power(corner, 4, 6), corner[:, :4, 3:])


def test_exceedance_counts_pairs_and_ties_half():
    assert exceedance(np.array([1.0, 2.0, np.nan]), np.array([0.0, 1.0])) == pytest.approx(3.5 / 4)
    assert math.isnan(exceedance(np.array([np.nan]), np.array([1.0])))


def test_statements_name_subunits_untrained_kernels_and_what_regularity_is():
    noise = measure_kernels(np.random.default_rng(5).normal(size=(6, 4, 3, 3)))
    numbers = summarize_kernels(noise, noise, noise)
    said = state_kernels(numbers, 4, drawn_before=True)
    assert said[0] == "The kernels are still as they were drawn: the model is untrained."
    assert "in 50 % of all pairs (chance 50 %). The true subunits have" in said[1]
    assert any(each.startswith("Temporal regularity measures peakedness, not smoothness") for each in said)


def test_kernels_of_one_lag_have_no_regularity_and_say_so():
    noise = measure_kernels(np.random.default_rng(6).normal(size=(4, 1, 3, 3)))
    numbers = summarize_kernels(noise, noise, None)
    assert math.isnan(numbers["median_regularity"])
    said = state_kernels(numbers, 1, drawn_before=False)
    assert "A kernel sees one frame, so it has no time course and no temporal regularity." in said
    assert not any("peakedness" in each for each in said)
