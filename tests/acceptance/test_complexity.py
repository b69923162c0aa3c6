"""The deposit's movies: the second is more complex than the first, in space and in time."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from sysid_analyses.complexity import spatial_complexity, temporal_complexity
from sysid_analyses.scenes.scene import find_block_px
from sysid_datasets.dryad_mea import DryadMEA
from tests.deposit import DEPOSIT, needs_deposit

pytestmark = needs_deposit

SKIPPED = 40  # in a reduced copy of the deposit, these alone are not averaged over 4 × 4 px
EVERY = 40  # 44 and 39 of 1,760 and 1,560 frames


@pytest.fixture(scope="module")
def movies():
    read = {}
    for name in ("movie1", "movie2"):
        recording = DryadMEA(path=DEPOSIT, stimulus=name, size_px=360).load()["recording1"]
        read[name] = recording.presentations[0].stimulus[SKIPPED:, 0]
    return read


@pytest.mark.parametrize("complexity", [spatial_complexity, temporal_complexity])
@pytest.mark.parametrize("window", ["uniform", "patch"])
def test_movie_2_is_more_complex_than_movie_1_in_every_patch(movies, complexity, window):
    first, second = (
        complexity(movies[name], 20, window=window, every=EVERY).mean(axis=0) for name in ("movie1", "movie2")
    )
    assert second.mean() > first.mean() + 0.2
    assert (second > first).mean() > 0.99


def test_the_means_are_those_of_the_whole_movies(movies):
    if any(find_block_px(movie[::EVERY]) != 4 for movie in movies.values()):
        pytest.skip("the known means are those of a copy that is averaged over 4 × 4 px")
    expected = {"movie1": (0.446, 0.412), "movie2": (0.810, 0.750)}  # of all frames, in a minute
    for name, means in expected.items():
        found = [
            each(movies[name], 20, every=EVERY).mean() for each in (spatial_complexity, temporal_complexity)
        ]
        np.testing.assert_allclose(found, means, atol=0.01)


def test_a_real_frame_equals_a_plain_loop_over_scikit_image(movies):
    frame, following = movies["movie2"][500:502]

    def cut(image, row, column):
        return image[20 * row : 20 * row + 20, 20 * column : 20 * column + 20]

    for row, column in ((0, 0), (0, 7), (9, 17), (9, 8)):  # a corner, two borders, inside
        places = [
            (row + down, column + right)
            for down in (-1, 0, 1)
            for right in (-1, 0, 1)
            if 0 <= row + down < 18 and 0 <= column + right < 18
        ]
        similar = {
            (later, place): structural_similarity(
                cut(frame, row, column), cut(image, *place), win_size=7, data_range=255
            )
            for later, image in enumerate((frame, following))
            for place in places
        }
        spatial = 1 - np.mean([similar[0, place] for place in places if place != (row, column)])
        temporal = 1 - np.mean([similar[1, place] for place in places])
        pair = np.stack([frame, following])
        assert spatial_complexity(pair, 20)[0, row, column] == pytest.approx(spatial, abs=1e-6)
        assert temporal_complexity(pair, 20)[0, row, column] == pytest.approx(temporal, abs=1e-6)


def test_patches_of_20_px_do_not_cut_the_blocks_of_a_reduced_copy(movies):
    for movie in movies.values():
        assert 20 % find_block_px(movie[::EVERY]) == 0
