"""Cost, gradient and J'J of Gaussians by their moments, against pixels and finite differences."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from sysid_analyses.gaussian_moments import gaussian_moments
from sysid_analyses.gaussian_start import gaussian_starts

HEIGHT, WIDTH = 9, 13
FOUND = np.array(
    [
        [5.3, 4.1, 0.7, 0.2, 0.4, -2.0, 0.3],
        [-0.5, 8.6, 1.3, -0.4, 2.9, 0.7, -0.1],
        [11.9, 2.0, -0.9, 0.5, -1.1, 1.4, 0.0],
    ]
)
MAPS = np.random.default_rng(0).normal(size=(3, HEIGHT, WIDTH))


def residuals(found, image):
    """The Gaussian less a map, pixel by pixel, from its covariance."""
    x, y, log_one, log_two, angle, amplitude, offset = found
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    inverse = turn @ np.diag(np.exp([-2 * log_one, -2 * log_two])) @ turn.T
    rows, columns = np.indices((HEIGHT, WIDTH))
    away = np.stack([columns - x, rows - y], axis=-1)
    shape = np.exp(-0.5 * np.einsum("hwi,ij,hwj->hw", away, inverse, away))
    return (amplitude * shape + offset - image).ravel()


def jacobian(found, image, step=1e-6):
    moved = [(residuals(found + way, image) - residuals(found - way, image)) for way in step * np.eye(7)]
    return np.stack(moved, axis=1) / (2 * step)


@pytest.mark.parametrize("number", range(3))
def test_moments_are_those_of_finite_differences(number):
    normal = gaussian_moments(MAPS)(FOUND, np.arange(3))
    expected = residuals(FOUND[number], MAPS[number])
    slopes = jacobian(FOUND[number], MAPS[number])
    assert normal.cost[number] == pytest.approx(expected @ expected / 2, rel=1e-12)
    np.testing.assert_allclose(normal.gradient[number], slopes.T @ expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(normal.matrix[number], slopes.T @ slopes, rtol=1e-6, atol=1e-6)


def test_some_maps_are_asked_for_by_number():
    moments = gaussian_moments(MAPS)
    few = moments(FOUND[[2, 0]], np.array([2, 0]))
    for one, all_of_them in zip(few, moments(FOUND, np.arange(3)), strict=True):
        np.testing.assert_allclose(one, all_of_them[[2, 0]], rtol=1e-12, atol=1e-12)
    left = moments.residuals(FOUND[[1]], np.array([1]))
    np.testing.assert_allclose(left[0], residuals(FOUND[1], MAPS[1]), atol=1e-12)


def test_the_start_is_the_round_gaussian_that_explains_most():
    rows, columns = np.indices((20, 24))
    at = [(15, 6, 2.87), (3, 12, 0.7)]  # widths that are tried
    maps = np.array([-np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sd**2)) for x, y, sd in at])
    starts = gaussian_starts(maps)
    np.testing.assert_array_equal(starts[:, :2], [(15, 6), (3, 12)])
    np.testing.assert_allclose(np.exp(starts[:, 2:4]).mean(axis=1), [2.87, 0.7], rtol=0.01)
    np.testing.assert_allclose(starts[:, 5], -1, rtol=0.1)
    np.testing.assert_array_equal(starts[:, [4, 6]], 0)


def test_a_start_is_where_scipy_s_filter_is_largest():
    noise = np.random.default_rng(1).normal(size=(1, 12, 9))
    start = gaussian_starts(noise)[0]
    sigma = np.exp(start[2]) / 1.1
    matched = np.abs(gaussian_filter(noise[0], sigma, mode="constant", truncate=3))
    assert np.unravel_index(matched.argmax(), matched.shape) == (start[1], start[0])
