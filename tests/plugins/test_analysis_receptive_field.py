"""Gaussians fitted to maps, and how far two of them are apart."""

import math
import warnings

import attrs
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.optimize import curve_fit

from sysid_analyses import correlation_area, gaussian_moments, receptive_field
from sysid_analyses.correlation_area import correlation_areas
from sysid_analyses.receptive_field import GaussianFit, fit_gaussian, fit_gaussians, gaussian_distance


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


def make_population(count, decibel, shape=(30, 30), edge=4.0, widest=4.0):
    """Maps with noise of cells of either sign, and where their centres are."""
    generator, maps = np.random.default_rng(0), []
    centres = edge + generator.random((count, 2)) * (np.array(shape[::-1]) - 1 - 2 * edge)
    for centre in centres:
        widths, angle = generator.uniform(1, widest, 2), generator.uniform(0, 3)
        clean = make_map(shape, centre, widths, angle, generator.choice([-2, 2]), 5.0)
        maps.append(add_noise(clean, decibel, generator))
    return np.array(maps), centres


def measure_distances(fits, centres):
    """How far from the truth centres are; infinite where there is no fit."""
    return np.array(
        [
            math.dist(fit.centre, each) if fit.found else np.inf
            for fit, each in zip(fits, centres, strict=True)
        ]
    )


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
    maps, centres = make_population(300, 10)
    errors = measure_distances(fit_gaussians(maps), centres)
    assert np.mean(np.isfinite(errors)) >= 0.95
    assert np.quantile(errors, 0.95) < 0.3


@pytest.mark.parametrize("shape", [(8, 9), (15, 15), (30, 30)])
def test_a_map_of_noise_says_so(shape):
    generator = np.random.default_rng(0)
    fits = fit_gaussians(generator.standard_normal((80, *shape)))
    assert np.mean([fit.found for fit in fits]) <= 0.05
    nothing = next(fit for fit in fits if not fit.found)
    assert nothing.reason == "nothing stands out of the noise"
    assert np.isnan([*nothing.centre, *nothing.widths, nothing.angle, nothing.amplitude]).all()
    assert 0 <= nothing.explained_variance < 0.9


@pytest.mark.parametrize("sigma", [0.7, 1.5])
def test_a_map_of_smooth_noise_says_so_too(sigma):
    generator = np.random.default_rng(0)
    maps = gaussian_filter(generator.standard_normal((50, 20, 20)), (0, sigma, sigma))
    fits = fit_gaussians(maps)
    assert np.mean([fit.found for fit in fits]) <= 0.1


def test_errors_are_as_large_as_the_fit_says():
    generator, widths = np.random.default_rng(0), np.array([3.0, 1.8])
    centres = generator.uniform(8, 20, (150, 2))
    maps = [add_noise(make_map((28, 28), centre, widths, 0.5), 5, generator) for centre in centres]
    fits = fit_gaussians(np.array(maps))
    deviations = [
        np.subtract(fit.centre, centre) / fit.uncertainty.centre
        for fit, centre in zip(fits, centres, strict=True)
    ]
    width_deviations = [(fit.widths - widths) / fit.uncertainty.widths for fit in fits]
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
    assert correlation_areas((noisy - flat(0, *best).reshape(16, 18))[np.newaxis]) == [1]
    errors = fit.uncertainty
    np.testing.assert_allclose(
        [*errors.centre, *errors.widths, errors.angle, errors.amplitude, errors.offset],
        np.sqrt(np.diag(covariance)),
        rtol=0.02,
    )


def test_noise_that_is_alike_over_an_area_counts_as_fewer_pixels():
    generator = np.random.default_rng(0)
    rough = generator.standard_normal((60, 60))
    assert correlation_areas(rough[np.newaxis])[0] == pytest.approx(1, abs=0.1)
    smooth = gaussian_filter(generator.standard_normal((90, 90)), 1.5, mode="wrap")
    expected = 4 * math.pi * 1.5**2  # the sum of a Gaussian of √2 σ
    assert (
        expected * 0.8 < correlation_areas(smooth[np.newaxis])[0] < 2 * expected
    )  # rather too large than too small


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


def test_a_cell_is_fitted_alike_in_any_company():
    maps, _ = make_population(12, 0, shape=(15, 18), edge=1.0, widest=3.0)
    together = fit_gaussians(maps)
    assert sum(fit.found for fit in together) >= 10
    for alone, fit in zip(map(fit_gaussian, maps[:6]), together[:6], strict=True):
        one, other = (attrs.astuple(each, recurse=False)[:-2] for each in (alone, fit))
        for here, there in zip(one, other, strict=True):
            np.testing.assert_allclose(here, there, rtol=1e-6, atol=1e-8)
    reversed_order = fit_gaussians(maps[::-1])[::-1]
    np.testing.assert_allclose([fit.centre for fit in reversed_order], [fit.centre for fit in together])


def test_groups_of_any_size_give_the_same(monkeypatch):
    maps, _ = make_population(7, 5)
    together = fit_gaussians(maps)
    monkeypatch.setattr(receptive_field, "VALUES_AT_ONCE", 2 * 30 * 30)
    monkeypatch.setattr(gaussian_moments, "BLOCK_VALUES", 1)
    monkeypatch.setattr(correlation_area, "BLOCK_VALUES", 1)
    apart = fit_gaussians(maps)
    for name in ("centre", "widths", "explained_variance"):
        np.testing.assert_allclose(*([getattr(fit, name) for fit in fits] for fits in (apart, together)))


def test_maps_without_a_field_stand_where_they_are_and_disturb_nobody():
    maps, centres = make_population(5, 10)
    maps[1], maps[3, 2, 2] = 7.0, np.nan
    fits = fit_gaussians(maps)
    assert [fit.reason for fit in fits] == ["", "the map is flat", "", "the map is not known everywhere", ""]
    assert measure_distances(fits[::2], centres[::2]).max() < 0.3
    unknown = fit_gaussians(np.full((2, 9, 9), np.nan))
    assert [fit.reason for fit in unknown] == ["the map is not known everywhere"] * 2


@pytest.mark.parametrize(("decibel", "edge"), [(10, 0.0), (-3, 2.0), (-10, 4.0)])
def test_no_fewer_fits_are_good_than_those_of_scipy(decibel, edge):
    maps, centres = make_population(40, decibel, edge=edge)
    ours = measure_distances(fit_gaussians(maps), centres)
    theirs = np.array([math.dist(fit_with_scipy(each), at) for each, at in zip(maps, centres, strict=True)])
    assert np.sum(ours < 1) >= np.sum(theirs < 1)
    both = (ours < 1) & (theirs < 1)
    assert np.median(ours[both]) <= np.median(theirs[both]) * 1.02


def fit_with_scipy(image):
    """The centre that `curve_fit` finds from the most extreme pixel; NaN where it gives up."""
    y, x = np.indices(image.shape).reshape(2, -1)

    def gaussian(_, centre_x, centre_y, one, two, angle, amplitude, offset):
        along = ((x - centre_x) * math.cos(angle) + (y - centre_y) * math.sin(angle)) / one
        across = ((y - centre_y) * math.cos(angle) - (x - centre_x) * math.sin(angle)) / two
        return offset + amplitude * np.exp(-0.5 * (along**2 + across**2))

    background = np.median(image)
    row, column = np.unravel_index(np.abs(image - background).argmax(), image.shape)
    start = (column, row, 2.0, 2.0, 0.0, image[row, column] - background, background)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it overflows on the way where it is lost
        try:
            return tuple(curve_fit(gaussian, 0, image.ravel(), start)[0][:2])
        except RuntimeError:
            return (np.nan, np.nan)


def test_narrow_fields_in_large_frames_keep_their_digits():
    clean = np.array([make_map((150, 200), at, (0.8, 0.5), 0.5) for at in ((197.4, 3.3), (2.2, 146.6))])
    fits = fit_gaussians(clean)
    np.testing.assert_allclose([fit.centre for fit in fits], [(197.4, 3.3), (2.2, 146.6)], atol=1e-6)
    np.testing.assert_allclose([fit.widths for fit in fits], [(0.8, 0.5)] * 2, atol=1e-6)


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
