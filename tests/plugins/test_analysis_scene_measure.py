"""How far the mean complexity of a movie can be told, and how cells go with it."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from skimage.draw import polygon2mask

from sysid import ReceptiveField
from sysid_analyses.scenes.field_overlap import field_overlap, patch_scores
from sysid_analyses.scenes.rank_correlation import rank_correlation
from sysid_analyses.scenes.scene import NoScene, Scene
from sysid_analyses.scenes.scene_measure import choose_patch_px, compare_scenes, measure_scene, number_blocks
from sysid_analyses.scenes.scene_relation import relate_scene
from sysid_analyses.scenes.scene_resample import draw_means, tile_ids

FRAME_PX = (31, 43)
OPTIONS = {"window": "uniform", "every": 1, "block_s": 1.0, "draws": 200}


def make_scene(frame_px=FRAME_PX, fields=None, **about):
    known = {
        "dataset": "movie",
        "session": "one",
        "name": "movie",
        "frame_rate_hz": 4.0,
        "simulated": False,
        "skipped_frames": 0,
        "rescaled": False,
        "block_px": 1,
        "digest": "0",
    }
    return Scene(frame_px=frame_px, fields=fields or {}, **(known | about))


def draw_noise(contrast, frames=20, seed=0):
    generator = np.random.default_rng(seed)
    return np.clip(128 + contrast * generator.normal(size=(frames, *FRAME_PX)), 0, 255).astype(np.uint8)


def measure(contrast, seed=0, patch_px=10, **about):
    scene, movies = make_scene(**about), (draw_noise(contrast, seed=seed),)
    return measure_scene(scene, movies, patch_px, generator=np.random.default_rng(seed), **OPTIONS)


def test_a_movie_with_more_contrast_is_more_complex_in_both_ways():
    difference = compare_scenes(measure(2), measure(20, seed=1))
    for kind in ("spatial", "temporal"):
        assert difference.by_kind[kind].low > 0
        expected = difference.b.map(kind).mean() - difference.a.map(kind).mean()
        assert difference.by_kind[kind].estimate == pytest.approx(expected)


def test_two_draws_of_one_noise_are_not_told_apart():
    difference = compare_scenes(measure(5, seed=1), measure(5, seed=2))
    for found in difference.by_kind.values():
        assert found.low < 0 < found.high


def test_movies_of_a_scene_are_joined_and_no_block_spans_two():
    assert number_blocks([6, 3], 2.0).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4]
    assert number_blocks([2], 10.0).tolist() == [0, 0]
    movies = (draw_noise(5, frames=3), draw_noise(9, frames=4))
    measured = measure_scene(make_scene(), movies, 10, generator=np.random.default_rng(0), **OPTIONS)
    assert [len(each) for each in measured.complexity.values()] == [7, 5]


def test_resampled_means_have_the_standard_error_of_independent_blocks_and_tiles():
    generator = np.random.default_rng(0)
    frames, rows, columns = 400, 2, 3
    complexity = generator.normal(size=(frames, 1, 1)) + np.zeros((frames, rows, columns))
    means = draw_means(complexity, np.arange(frames) // 2, 4000, generator)
    by_block = complexity[:, 0, 0].reshape(-1, 2).mean(axis=1)
    assert means.std() == pytest.approx(by_block.std() / np.sqrt(len(by_block)), rel=0.05)
    by_patch = generator.normal(size=(rows, columns))
    means = draw_means(np.zeros((frames, 1, 1)) + by_patch, np.arange(frames), 4000, generator)
    assert means.std() == pytest.approx(by_patch.std() / np.sqrt(by_patch.size), rel=0.05)


def test_blocks_of_unequal_length_count_by_their_frames():
    complexity = np.array([1.0, 1.0, 4.0])[:, None, None] + np.zeros((3, 2, 2))
    means = draw_means(complexity, np.array([0, 0, 1]), 500, np.random.default_rng(0))
    assert sorted(set(means.round(9))) == [1, 2, 4]  # (1, 1), (1, 1, 4) and (4)


def test_one_block_of_time_has_no_interval():
    measured = measure_scene(
        make_scene(), (draw_noise(5, frames=3),), 10, generator=np.random.default_rng(0), **OPTIONS
    )
    assert np.isnan(measured.mean["spatial"].low)
    assert np.isfinite(measured.mean["spatial"].estimate)


def test_tiles_are_squares_of_a_sixth_of_the_frame():
    tiles = tile_ids(18, 18).reshape(18, 18)
    assert tiles[0, :7].tolist() == [0, 0, 0, 1, 1, 1, 2]
    assert tiles[:7, 0].tolist() == [0, 0, 0, 6, 6, 6, 12]
    assert tile_ids(2, 3).tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("frame_px", "asked", "patch_px"),
    [((360, 400), None, 20), ((90, 90), None, 7), ((15, 14), None, 7), ((36, 40), 18, 18)],
)
def test_a_patch_is_an_18th_of_the_frame_or_what_was_asked_for(frame_px, asked, patch_px):
    assert choose_patch_px(make_scene(frame_px), asked) == patch_px


def test_frames_too_small_for_patches_say_so():
    why = (
        "its frames of 8 × 20 px hold fewer than 2 × 2 patches of 7 px, as wide as a window of structural "
        "similarity"
    )
    assert choose_patch_px(make_scene((8, 20)), None) == NoScene("movie", why)
    why = "its frames of 31 × 43 px hold fewer than 2 × 2 patches of 20 px"
    assert choose_patch_px(make_scene(), 20) == NoScene("movie", why)


def test_an_outline_lies_in_patches_by_its_pixels():
    corners = np.array([[5.2, 24.9, 24.9, 5.2], [3.1, 3.1, 13.7, 13.7]])  # x, y
    overlap = field_overlap(ReceptiveField((15.0, 8.0), corners), FRAME_PX, 10, 99.0)
    mask = polygon2mask((30, 40), corners[::-1].T)
    expected = mask.reshape(3, 10, 4, 10).sum(axis=(1, 3))
    np.testing.assert_allclose(overlap, expected / expected.sum())
    assert np.count_nonzero(overlap) == 6  # two rows, three columns


def test_a_centre_alone_is_a_disc():
    overlap = field_overlap(ReceptiveField((9.5, 9.5)), FRAME_PX, 10, 4.0)
    np.testing.assert_allclose(overlap[:2, :2], 0.25)
    assert overlap.sum() == pytest.approx(1)


def test_a_field_smaller_than_a_pixel_is_that_pixel_and_one_outside_is_nothing():
    speck = np.array([[12.3, 12.4, 12.4], [3.3, 3.3, 3.4]])
    overlap = field_overlap(ReceptiveField((12.35, 3.35), speck), FRAME_PX, 10, 1.0)
    assert overlap[0, 1] == 1
    for centre in ((-40.0, 5.0), (5.0, 300.0), (42.0, 5.0)):  # the last in the border that is left out
        assert not field_overlap(ReceptiveField(centre), FRAME_PX, 10, 1.0).any()


def test_a_patch_has_the_mean_of_the_cells_that_touch_it():
    overlaps = np.zeros((3, 2, 2))
    overlaps[0, 0, 0] = 1
    overlaps[1, 0] = 0.5
    overlaps[2] = 0.25  # a cell without a score
    scores = patch_scores(overlaps, np.array([0.1, 0.5, np.nan]))
    np.testing.assert_allclose(scores, [[0.3, 0.5], [np.nan, np.nan]])


def test_rank_correlation_is_that_of_scipy_with_an_interval_around_it():
    generator = np.random.default_rng(0)
    x = generator.normal(size=40).round(1)  # with ties
    y = x + generator.normal(size=40)
    gaps = np.append(x, [np.nan, 1.0]), np.append(y, [1.0, np.nan])
    found = rank_correlation(*gaps)
    assert found.estimate == pytest.approx(spearmanr(x, y).statistic)
    assert found.low < found.estimate < found.high
    # Fisher's z with the variance of Bonett and Wright (2000), which the bootstrap does not know of
    z, se = np.arctanh(found.estimate), np.sqrt((1 + found.estimate**2 / 2) / (40 - 3))
    np.testing.assert_allclose([found.low, found.high], np.tanh([z - 1.96 * se, z + 1.96 * se]), atol=0.1)


def test_too_few_cells_or_cells_all_alike_have_no_rank_correlation():
    assert np.isnan(rank_correlation(np.arange(4.0), np.arange(4.0)).estimate)
    assert np.isnan(rank_correlation(np.ones(9), np.arange(9.0)).estimate)


def test_cells_are_related_by_what_lies_under_their_fields():
    fields = {
        f"cell{index}": ReceptiveField((10.0 * column + 4.5, 10.0 * row + 4.5))
        for index, (row, column) in enumerate(np.ndindex(3, 4))
    } | {"far": ReceptiveField((500.0, 0.0))}
    measured = measure(20, fields=fields)
    complexity = measured.map("temporal").ravel()
    scores = {"model": {f"cell{index}": -value for index, value in enumerate(complexity)}, "none": {}}
    related = relate_scene(measured, scores, radius_px=2.0, draws=200, seed=0)
    assert related.cells == tuple(f"cell{index}" for index in range(12))
    np.testing.assert_allclose(related.under["temporal"], complexity)
    assert related.correlations["model", "temporal"].estimate == pytest.approx(-1)
    assert np.isnan(related.correlations["none", "temporal"].estimate)
    assert related.best_variant == "model"
    np.testing.assert_allclose(related.patch_scores("model").ravel(), -complexity)
    assert not related.from_outlines


def test_without_fields_or_scores_there_is_nothing_to_relate():
    with_field = measure(20, fields={"cell": ReceptiveField((5.0, 5.0))})
    reason = NoScene("movie", "no receptive field of a scored cell is known")
    for measured, scores in ((measure(20), {"model": {"cell": 0.5}}), (with_field, {"model": {}})):
        assert relate_scene(measured, scores, radius_px=None, draws=100, seed=0) == reason


def test_few_patches_do_not_tell_cells_apart():
    measured = measure(20, patch_px=15, fields={"cell": ReceptiveField((5.0, 5.0))})
    reason = NoScene("movie", "2 × 2 patches are too few to tell cells apart")
    assert relate_scene(measured, {"ln": {"cell": 0.5}}, radius_px=None, draws=100, seed=0) == reason
