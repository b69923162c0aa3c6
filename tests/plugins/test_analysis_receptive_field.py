"""Gaussians fitted to maps, and how far two of them are apart."""

import math
import time

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.optimize import curve_fit

from sysid_analyses.receptive_field import (
    GaussianFit,
    correlation_area,
    fit_gaussian,
    gaussian_distance,
)


def make_map(shape, centre, widths, angle, amplitude=1.0, offset=0.0):
    """A Gaussian written out with its covariance."""
    height, width = shape
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    inverse = np.linalg.inv(turn @ np.diag(np.square(widths)) @ turn.T)
    away = np.stack([x - centre[0], y - centre[1]], axis=-1)
    return offset + amplitude * np.exp(-0.5 * np.einsum("hwi,ij,hwj->hw", away, inverse, away))


def add_noise(image, decibel, generator):
    """Add noise whose variance over the map's is so many decibels down."""
    return image + image.std() * 10 ** (-decibel / 20) * generator.standard_normal(image.shape)


@pytest.mark.parametrize("amplitude", [3.0, -0.02])
@pytest.mark.parametrize("angle", [-1.3, 0.0, 0.4, 1.5])
def test_a_map_without_noise_gives_back_its_gaussian(amplitude, angle):
    fit = fit_gaussian(make_map((14, 19), (11.3, 5.8), (3.1, 1.4), angle, amplitude, offset=0.7))
    assert fit.found
    assert fit.centre == pytest.approx((11.3, 5.8), abs=1e-3)
    assert fit.widths == pytest.approx((3.1, 1.4), rel=1e-3)
    assert fit.angle == pytest.approx(angle, abs=1e-3)
    assert fit.amplitude == pytest.approx(amplitude, rel=1e-3)
    assert fit.offset == pytest.approx(0.7, abs=1e-3 * abs(amplitude))
    assert fit.explained_variance == pytest.approx(1, abs=1e-6)


def test_with_noise_at_10_decibel_nearly_all_are_found_to_a_third_of_a_pixel():
    generator, errors = np.random.default_rng(0), []
    for _ in range(200):
        centre, widths = generator.uniform(4, 25, 2), generator.uniform(1, 4, 2)
        clean = make_map((30, 30), centre, widths, generator.uniform(0, 3), generator.choice([-2, 2]), 5.0)
        fit = fit_gaussian(add_noise(clean, 10, generator))
        errors.append(math.dist(fit.centre, centre) if fit.found else np.inf)
    assert np.mean(np.isfinite(errors)) >= 0.95
    assert np.quantile(errors, 0.95) < 0.3


@pytest.mark.parametrize("shape", [(8, 9), (15, 15), (30, 30)])
def test_a_map_of_noise_says_so(shape):
    generator = np.random.default_rng(0)
    fits = [fit_gaussian(generator.standard_normal(shape)) for _ in range(80)]
    assert np.mean([fit.found for fit in fits]) <= 0.05
    nothing = next(fit for fit in fits if not fit.found)
    assert nothing.reason == "nothing stands out of the noise"
    assert np.isnan([*nothing.centre, *nothing.widths, nothing.angle, nothing.amplitude]).all()
    assert 0 <= nothing.explained_variance < 0.9


@pytest.mark.parametrize("sigma", [0.7, 1.5])
def test_a_map_of_smooth_noise_says_so_too(sigma):
    generator = np.random.default_rng(0)
    fits = [fit_gaussian(gaussian_filter(generator.standard_normal((20, 20)), sigma)) for _ in range(50)]
    assert np.mean([fit.found for fit in fits]) <= 0.1


def test_errors_are_as_large_as_the_fit_says():
    generator, deviations, width_deviations = np.random.default_rng(0), [], []
    for _ in range(150):
        centre, widths = generator.uniform(8, 20, 2), np.array([3.0, 1.8])
        fit = fit_gaussian(add_noise(make_map((28, 28), centre, widths, 0.5), 5, generator))
        deviations += list(np.subtract(fit.centre, centre) / fit.uncertainty.centre)
        width_deviations += list((np.array(fit.widths) - widths) / fit.uncertainty.widths)
    assert np.std(deviations) == pytest.approx(1, abs=0.15)
    assert np.std(width_deviations) == pytest.approx(1, abs=0.2)


def test_fit_and_errors_are_those_of_scipy():
    generator = np.random.default_rng(3)
    noisy = add_noise(make_map((16, 18), (8.2, 6.9), (2.6, 1.5), 0.6, -4.0, 1.0), 12, generator)
    fit = fit_gaussian(noisy)

    def flat(_, *parameters):
        x, y, one, two, angle, amplitude, offset = parameters
        return make_map((16, 18), (x, y), (one, two), angle, amplitude, offset).ravel()

    best, covariance = curve_fit(flat, 0, noisy.ravel(), p0=(8, 7, 2.5, 1.5, 0.6, -4, 1))
    ours = [*fit.centre, *fit.widths, fit.angle, fit.amplitude, fit.offset]
    np.testing.assert_allclose(ours, best, rtol=1e-3)
    assert correlation_area(noisy - flat(0, *best).reshape(16, 18)) == 1
    errors = fit.uncertainty
    np.testing.assert_allclose(
        [*errors.centre, *errors.widths, errors.angle, errors.amplitude, errors.offset],
        np.sqrt(np.diag(covariance)),
        rtol=0.02,
    )


def test_noise_that_is_alike_over_an_area_counts_as_fewer_pixels():
    generator = np.random.default_rng(0)
    assert correlation_area(generator.standard_normal((60, 60))) == pytest.approx(1, abs=0.1)
    smooth = gaussian_filter(generator.standard_normal((90, 90)), 1.5, mode="wrap")
    expected = 4 * math.pi * 1.5**2  # the sum of a Gaussian of √2 σ
    assert expected * 0.8 < correlation_area(smooth) < 2 * expected  # rather too large than too small


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (np.full((9, 9), 3.0), "the map is flat"),
        (np.zeros((9, 9)), "the map is flat"),
        (np.where(np.eye(9) > 0, np.nan, 1.0), "the map is not known everywhere"),
        (np.ones((3, 4)), "a map of 4 × 3 pixels is too small for a fit"),
        (make_map((20, 20), (10, 10), (30, 15), 0.0), "it would be wider than the frame"),
        (make_map((20, 20), (-2.5, 9), (3, 3), 0.0), "the centre would be outside the frame"),
    ],
)
def test_what_cannot_be_fitted_says_why(image, reason):
    fit = fit_gaussian(image)
    assert (fit.found, fit.reason) == (False, reason)
    assert np.isnan(fit.centre).all()


def test_one_bright_pixel_is_a_narrow_field_there():
    image = np.random.default_rng(0).standard_normal((15, 12))
    image[4, 9] = 40
    fit = fit_gaussian(image)
    assert fit.found
    assert fit.centre == pytest.approx((9, 4), abs=0.2)
    assert fit.widths[0] < 0.7


def test_hundreds_of_cells_take_seconds():
    generator = np.random.default_rng(0)
    maps = [add_noise(make_map((30, 30), (14, 12), (2, 3), 0.3), 5, generator) for _ in range(20)]
    start = time.process_time()
    for each in maps:
        fit_gaussian(each)
    assert (time.process_time() - start) / 20 < 0.1  # 4 to 10 ms here; type checks and slow machines


def isotropic(x, y, sigma):
    return GaussianFit((x, y), (sigma, sigma), 0.0, 1.0, 0.0)


def test_known_distances():
    assert gaussian_distance(isotropic(3, 5, 2), isotropic(7, 5, 2)) == pytest.approx(0.632121, abs=1e-6)
    assert gaussian_distance(isotropic(3, 5, 1), isotropic(3, 5, 2)) == pytest.approx(0.2)
    assert gaussian_distance(isotropic(3, 5, 1), isotropic(3, 5, 1)) == pytest.approx(0)


def test_distance_is_that_of_a_numerical_integration():
    one = GaussianFit((20.0, 22.0), (4.0, 2.0), 0.7, 5.0, 100.0)
    other = GaussianFit((23.0, 20.0), (3.0, 2.5), -1.1, -2.0, -3.0)
    maps = [make_map((50, 50), fit.centre, fit.widths, fit.angle) for fit in (one, other)]
    cosine = (maps[0] * maps[1]).sum() / np.linalg.norm(maps[0]) / np.linalg.norm(maps[1])
    assert gaussian_distance(one, other) == pytest.approx(1 - cosine, abs=1e-9)
    assert gaussian_distance(other, one) == pytest.approx(1 - cosine, abs=1e-9)


def test_distance_to_nothing_is_not_known():
    assert math.isnan(gaussian_distance(isotropic(3, 5, 1), GaussianFit(reason="nothing")))


def test_ellipse_lies_so_many_deviations_from_the_centre():
    fit = GaussianFit((4.0, 7.0), (3.0, 1.0), 0.6, 1.0, 0.0)
    away = fit.ellipse(2.0, points=9) - np.array([[4.0], [7.0]])
    distance = np.sqrt(np.einsum("ip,ij,jp->p", away, np.linalg.inv(fit.covariance), away))
    np.testing.assert_allclose(distance, 2)
    np.testing.assert_allclose(away[:, 0], [6 * math.cos(0.6), 6 * math.sin(0.6)])  # towards y, which is down
    np.testing.assert_allclose(away[:, 0], away[:, -1])
