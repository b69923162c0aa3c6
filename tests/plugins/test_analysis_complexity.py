"""Scene complexity: structural similarity of neighbouring patches, against scikit-image."""

import itertools

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from sysid import SysidError
from sysid_analyses import complexity
from sysid_analyses.complexity import spatial_complexity, temporal_complexity

FRAMES, HEIGHT, WIDTH = 5, 31, 43  # three rows and four columns of patches of 10 px, and a remainder


def draw_movie(frames=FRAMES, height=HEIGHT, width=WIDTH, seed=0):
    """Frames with structure at several scales, which move."""
    generator = np.random.default_rng(seed)
    fine, coarse = generator.normal(size=(2, height, width))
    coarse = np.cumsum(np.cumsum(coarse, axis=0), axis=1)
    frames = [np.roll(coarse * 4, step, axis=1) + 20 * np.roll(fine, -step, axis=0) for step in range(frames)]
    return np.clip(128 + np.array(frames), 0, 255).astype(np.uint8)


MOVIE = draw_movie()


def loop(movie, patch_px, *, frame, later, window_px, data_range=255):
    """Eqs. 9 (later = 0) and 10 (later = 1) of one frame, patch by patch."""
    rows, columns = movie.shape[1] // patch_px, movie.shape[2] // patch_px
    found = np.empty((rows, columns))

    def cut(frame, row, column):
        top, left = row * patch_px, column * patch_px
        return movie[frame, top : top + patch_px, left : left + patch_px]

    for row, column in np.ndindex(rows, columns):
        around = itertools.product((row - 1, row, row + 1), (column - 1, column, column + 1))
        places = [each for each in around if 0 <= each[0] < rows and 0 <= each[1] < columns]
        scores = [
            structural_similarity(
                cut(frame, row, column), cut(frame + later, *place), win_size=window_px, data_range=data_range
            )
            for place in places
            if later or place != (row, column)
        ]
        found[row, column] = 1 - np.mean(scores)
    return found


@pytest.mark.parametrize(("patch_px", "window"), [(10, "uniform"), (7, "uniform"), (9, "patch")])
def test_complexity_equals_a_plain_loop_over_scikit_image(patch_px, window):
    window_px = patch_px if window == "patch" else 7
    spatial = spatial_complexity(MOVIE, patch_px, window=window)
    temporal = temporal_complexity(MOVIE, patch_px, window=window)
    assert (len(spatial), len(temporal)) == (FRAMES, FRAMES - 1)
    for frame in (0, 3):
        expected = loop(MOVIE, patch_px, frame=frame, later=0, window_px=window_px)
        np.testing.assert_allclose(spatial[frame], expected, rtol=0, atol=1e-12)
        expected = loop(MOVIE, patch_px, frame=frame, later=1, window_px=window_px)
        np.testing.assert_allclose(temporal[frame], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("window_px", [7, 9])
def test_complexity_of_floats_equals_a_plain_loop_in_double_precision(kind, window_px):
    floats = (MOVIE / 50 - 2 + np.random.default_rng(1).normal(size=MOVIE.shape)).astype(kind)
    given = {"window": "uniform" if window_px == 7 else "patch", "data_range": 7.5}
    spatial, temporal = (each(floats, 9, **given) for each in (spatial_complexity, temporal_complexity))
    reference = {"frame": 2, "window_px": window_px, "data_range": 7.5}
    double = floats.astype(np.float64)
    np.testing.assert_allclose(spatial[2], loop(double, 9, later=0, **reference), rtol=0, atol=1e-9)
    np.testing.assert_allclose(temporal[2], loop(double, 9, later=1, **reference), rtol=0, atol=1e-9)


def test_bytes_as_floats_are_alike_and_the_range_counts():
    floats = spatial_complexity(MOVIE.astype(np.float64), 10, data_range=255.0)
    np.testing.assert_allclose(floats, spatial_complexity(MOVIE, 10), rtol=0, atol=1e-13)
    np.testing.assert_allclose(spatial_complexity(MOVIE / 255, 10, data_range=1.0), floats, atol=1e-12)
    assert not np.allclose(spatial_complexity(MOVIE, 10, data_range=1000.0), floats, atol=1e-3)


def test_faint_patterns_on_a_bright_ground_keep_their_digits():
    first, second = 1e6 + np.random.default_rng(0).normal(size=(2, 8, 8)).astype(np.longdouble)
    covariance = np.mean((first - first.mean()) * (second - second.mean())) * 64 / 63
    variances = first.var(ddof=1) + second.var(ddof=1)
    expected = (2 * covariance + np.longdouble(0.03) ** 2) / (variances + np.longdouble(0.03) ** 2)
    means = first.mean(), second.mean()
    luminance = np.longdouble(0.01) ** 2
    expected *= (2 * means[0] * means[1] + luminance) / (means[0] ** 2 + means[1] ** 2 + luminance)
    twice = np.tile(np.concatenate([first, second], axis=1), (1, 2, 1)).astype(np.float64)
    found = spatial_complexity(twice, 8, window="patch", data_range=1.0)
    assert found[0, 0, 0] == pytest.approx(1 - (1 + 2 * float(expected)) / 3, abs=1e-9)


def test_a_patch_of_even_width_as_one_window_is_the_closed_form():
    first, second = MOVIE[0, :8, :8].astype(float), MOVIE[0, :8, 8:16].astype(float)
    covariance = np.cov(first.ravel(), second.ravel())  # over n − 1
    luminance, contrast = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    expected = (2 * first.mean() * second.mean() + luminance) * (2 * covariance[0, 1] + contrast)
    expected /= first.mean() ** 2 + second.mean() ** 2 + luminance
    expected /= covariance[0, 0] + covariance[1, 1] + contrast
    twice = np.tile(MOVIE[:1, :8, :16], (1, 2, 1))  # a second row like the first
    found = spatial_complexity(twice, 8, window="patch")
    # neighbours of the first patch: itself below, and the second patch twice
    assert found[0, 0, 0] == pytest.approx(1 - (1 + 2 * expected) / 3, abs=1e-12)


def test_large_patches_as_one_window_do_not_overflow():
    bright = np.full((1, 400, 400), 255, dtype=np.uint8)
    bright[:, ::2] = 254
    np.testing.assert_allclose(spatial_complexity(bright, 200, window="patch"), 0, atol=1e-12)


def test_frames_without_contrast_have_none():
    np.testing.assert_allclose(spatial_complexity(np.full((2, 20, 20), 9, np.uint8), 10), 0, atol=1e-12)
    np.testing.assert_allclose(temporal_complexity(np.zeros((2, 20, 20), np.uint8), 10), 0, atol=1e-12)


def test_a_still_movie_is_complex_in_time_by_its_neighbours_alone():
    still = np.repeat(MOVIE[:1], 3, axis=0)
    spatial, temporal = spatial_complexity(still, 10), temporal_complexity(still, 10)
    neighbours = np.array([[3, 5, 5, 3], [5, 8, 8, 5], [3, 5, 5, 3]])
    np.testing.assert_allclose(temporal[0] * (neighbours + 1), spatial[0] * neighbours)


@pytest.mark.parametrize("every", [1, 2, 3])
def test_chunks_and_strides_change_nothing(monkeypatch, every):
    spatial, temporal = spatial_complexity(MOVIE, 10), temporal_complexity(MOVIE, 10)
    monkeypatch.setattr(complexity, "CHUNK_PIXELS", 1)
    np.testing.assert_array_equal(spatial_complexity(MOVIE, 10, every=every), spatial[::every])
    np.testing.assert_array_equal(temporal_complexity(MOVIE, 10, every=every), temporal[::every])


def test_what_remains_at_the_border_is_left_out():
    changed = MOVIE.copy()
    changed[:, 30:], changed[:, :, 40:] = 0, 255
    np.testing.assert_array_equal(spatial_complexity(changed, 10), spatial_complexity(MOVIE, 10))


@pytest.mark.parametrize(
    ("patch_px", "window", "expected"),
    [(6, "uniform", "7 … 15"), (16, "uniform", "7 … 15"), (1, "patch", "2 … 15")],
)
def test_a_patch_that_does_not_fit_is_one_line(patch_px, window, expected):
    line = f"patch_px: expected {expected}, at least the window and two patches in 31 × 43 px, got {patch_px}"
    with pytest.raises(SysidError, match=f"^{line}$"):
        spatial_complexity(MOVIE, patch_px, window=window)


def test_too_few_frames_are_one_line():
    line = "movie, every: expected at least 2 frames and 1, got 1 and 1"
    with pytest.raises(SysidError, match=f"^{line}$"):
        temporal_complexity(MOVIE[:1], 10)
    line = "movie, every: expected at least 1 frames and 1, got 5 and 0"
    with pytest.raises(SysidError, match=f"^{line}$"):
        spatial_complexity(MOVIE, 10, every=0)


@pytest.mark.parametrize("data_range", [None, 0.0, -1.0, np.inf, np.nan])
def test_floats_need_a_range(data_range):
    line = f"data_range: expected a finite number above 0, which float64 frames need, got {data_range}"
    with pytest.raises(SysidError, match=f"^{line}$"):
        spatial_complexity(MOVIE.astype(np.float64), 10, data_range=data_range)


def test_frames_that_are_not_known_everywhere_are_one_line():
    movie = MOVIE.astype(np.float32)
    movie[3, 5, 5] = np.nan
    line = "movie: expected finite values, got some that are NaN or infinite"
    for complexity_of in (spatial_complexity, temporal_complexity):
        with pytest.raises(SysidError, match=f"^{line}$"):
            complexity_of(movie, 10, data_range=255.0)
