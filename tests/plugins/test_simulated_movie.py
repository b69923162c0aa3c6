"""White noise and the moving 1/f scenes."""

from itertools import pairwise

import numpy as np
import pytest

from sysid_datasets.simulated_movie import fractal_scene, natural_movie, view_scene, white_noise

SIZE = 64


def _amplitude_slope(frames):
    """Fit log amplitude against log frequency, averaged over orientations, of tapered frames."""
    size = frames.shape[-1]
    taper = np.hanning(size)[:, None] * np.hanning(size)
    centred = frames - frames.mean(axis=(-2, -1), keepdims=True)
    power = np.square(np.abs(np.fft.fft2(centred * taper))).mean(axis=0)
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size))
    ring = np.rint(frequency * size).astype(int)
    rings = np.arange(3, size // 4)
    amplitude = [np.sqrt(power[ring == each].mean()) for each in rings]
    return np.polyfit(np.log(rings), np.log(amplitude), 1)[0]


def test_scene_amplitude_falls_as_one_over_frequency():
    scene = fractal_scene(256, np.random.default_rng(0))
    spectrum = np.abs(np.fft.fft2(scene))
    low, high = spectrum[4:8, 4:8].mean(), spectrum[32:64, 32:64].mean()
    frequency = np.hypot(*np.meshgrid(np.arange(64), np.arange(64)))
    expected = (1 / frequency[4:8, 4:8]).mean() / (1 / frequency[32:64, 32:64]).mean()
    assert low / high == pytest.approx(expected, rel=0.3)
    assert (scene.mean(), scene.std()) == pytest.approx((0, 1), abs=1e-4)


def test_movie_frames_have_one_over_f_amplitude():
    movie = natural_movie(400, SIZE, 10.0, np.random.default_rng(0))
    assert _amplitude_slope(movie[::10, 0].astype(float)) == pytest.approx(-1, abs=0.2)


def test_white_noise_has_a_flat_spectrum_by_the_same_measure():
    noise = white_noise(40, SIZE, np.random.default_rng(0))
    assert _amplitude_slope(noise[:, 0].astype(float)) == pytest.approx(0, abs=0.1)


def test_movie_is_bytes_around_mid_grey():
    movie = natural_movie(600, SIZE, 10.0, np.random.default_rng(1))
    assert movie.shape == (600, 1, SIZE, SIZE)
    assert movie.dtype == np.uint8
    assert movie.mean() == pytest.approx(127.5, abs=10)
    assert 30 < movie.std() < 50


def test_scenes_last_one_to_three_seconds():
    movie = natural_movie(900, SIZE, 30.0, np.random.default_rng(2))[:, 0].astype(float)
    alike = np.array([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairwise(movie)])
    cuts = np.flatnonzero(alike < 0.4) + 1
    assert 9 <= len(cuts) <= 30  # 30 s in scenes of 1 to 3 s
    assert np.diff(cuts).min() >= 30
    assert np.diff(cuts).max() <= 90
    assert np.median(alike) > 0.8


def test_scene_moves_between_cuts():
    movie = natural_movie(20, SIZE, 30.0, np.random.default_rng(3))
    assert all(not np.array_equal(a, b) for a, b in pairwise(movie))


def test_whole_positions_are_cut_out_and_wrap_around():
    scene = np.arange(30, dtype=np.float32).reshape(5, 6)[:, :5]
    np.testing.assert_allclose(view_scene(scene, 1.0, 2.0, 3), scene[1:4, 2:5])
    np.testing.assert_allclose(view_scene(scene, 4.0, -1.0, 2), scene[np.ix_([4, 0], [4, 0])])


def test_positions_between_pixels_follow_a_smooth_scene():
    size = 32
    wave = lambda rows, columns: np.sin(2 * np.pi * (rows[:, None] + 2 * columns) / size)  # noqa: E731
    scene = wave(np.arange(size), np.arange(size)).astype(np.float32)
    rows, columns = 3.3 + np.arange(7), -2.6 + np.arange(7)
    np.testing.assert_allclose(view_scene(scene, 3.3, -2.6, 7), wave(rows, columns), atol=0.01)


def test_noise_is_black_or_white_with_even_odds():
    noise = white_noise(500, 5, np.random.default_rng(0))
    assert noise.dtype == np.uint8
    assert set(np.unique(noise)) == {0, 255}
    assert (noise > 0).mean() == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(noise.size))  # five standard errors


def test_noise_frames_and_pixels_are_independent():
    signs = white_noise(20_000, 4, np.random.default_rng(1)).reshape(20_000, 16) / 127.5 - 1
    covariance = np.cov(np.hstack([signs[:-1], signs[1:]]).T)
    assert np.abs(covariance - np.eye(32)).max() < 5 / np.sqrt(20_000)
