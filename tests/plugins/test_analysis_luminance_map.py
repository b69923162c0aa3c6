"""Maps of spike count against local luminance, for cells whose place is known."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from sysid_analyses.luminance_map import luminance_map, map_peaks, map_reliability
from sysid_datasets.simulated_movie import fractal_scene

HEIGHT, WIDTH = 40, 48
CENTRES = ((10, 30), (37, 8))  # x, y


def draw_images(count, seed=0):
    generator = np.random.default_rng(seed)
    return np.stack([127 + 45 * fractal_scene(96, generator)[:HEIGHT, :WIDTH] for _ in range(count)])


def draw_counts(images, seed=1):
    """An ON cell, an OFF cell, and one that sees nothing: (repeat, image, neuron)."""
    light = np.stack([gaussian_filter(image, 3) for image in images])
    drives = [light[:, y, x] for x, y in CENTRES] + [np.zeros(len(images))]
    scaled = [(drive - drive.mean()) / (drive.std() or 1) for drive in drives]
    rates = np.exp(np.stack([scaled[0], -scaled[1], scaled[2]], axis=1))
    return np.random.default_rng(seed).poisson(rates, (10, *rates.shape)).astype(float)


def test_maps_peak_where_the_cells_look_with_their_sign():
    images = draw_images(80)
    maps = luminance_map(images, draw_counts(images).mean(axis=0), blur_px=3.0)
    peaks = map_peaks(maps)
    np.testing.assert_allclose(peaks[:2], CENTRES, atol=3)
    assert maps[0, 30, 10] > 0.6
    assert maps[1, 8, 37] < -0.6


def test_values_are_correlations():
    images, counts = draw_images(12), draw_counts(draw_images(12))[0]
    counts[3, 1] = np.nan
    maps = luminance_map(images, counts, blur_px=2.0)
    blurred = np.stack([gaussian_filter(image, 2) for image in images])[:, 5, 7]
    assert maps[0, 5, 7] == pytest.approx(np.corrcoef(blurred, counts[:, 0])[0, 1])
    shown = np.arange(12) != 3
    assert maps[1, 5, 7] == pytest.approx(np.corrcoef(blurred[shown], counts[shown, 1])[0, 1])


def test_cells_that_see_something_have_the_more_reliable_maps():
    images = draw_images(80)
    reliability = map_reliability(images, draw_counts(images), blur_px=3.0)
    assert min(reliability[:2]) > 0.6
    assert reliability[2] < min(reliability[:2])


def test_repeats_that_were_not_recorded_are_left_out():
    images = draw_images(20)
    counts = draw_counts(images)
    padded = np.concatenate([counts, np.full((3, *counts.shape[1:]), np.nan)])
    np.testing.assert_allclose(map_reliability(images, padded), map_reliability(images, counts))


def test_a_silent_cell_has_no_map_and_a_pixel_that_never_changes_no_correlation():
    images = draw_images(10)
    images[:, :, :20] = 100
    counts = np.stack([np.zeros(10), np.arange(10.0), np.full(10, np.nan)], axis=1)
    maps = luminance_map(images, counts, blur_px=1.0)
    assert np.isnan(maps[[0, 2]]).all()
    assert not maps[1, :, :8].any()
    assert np.isnan(map_peaks(maps)[[0, 2]]).all()
    assert np.isnan(map_reliability(images, counts[None]))[[0, 2]].all()
