"""Which stimuli of a file show the same, and repeats that nothing in the file counts."""

from pathlib import Path

import numpy as np
import pytest

from tests.neurodata_finding import find
from tests.neurodata_stimulus_file import (
    begin,
    draw_frames,
    frame_table,
    image_series,
    image_set,
    index_series,
    movie_rows,
    optical_series,
    save,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.nwb"


def told(showings):
    return [(each.identity, each.repeat, each.aborted, len(each.frame)) for each in showings]


def test_a_movie_that_one_series_shows_over_and_over_is_cut_where_it_starts_again(path):
    movie = draw_frames(12)
    file = begin()
    stored = np.concatenate([movie, movie[:5], movie])
    file.add_stimulus(optical_series("movie", stored, 0.1 * np.arange(29)))
    showings, notes = find(save(file, path))
    assert told(showings) == [("movie", 0, False, 12), ("movie", 1, True, 5), ("movie", 2, False, 12)]
    np.testing.assert_allclose(showings[2].edges_s[[0, -1]], [1.7, 2.9])
    np.testing.assert_array_equal(showings[2].frame, showings[0].frame)
    assert "movie: its frames start again 2 times, and are cut there" in notes


def test_a_movie_that_one_series_shows_with_pauses_is_its_repeats(path):
    movie = draw_frames(8)
    onset_s = np.concatenate([start_s + 0.1 * np.arange(8) for start_s in (1, 30, 60)])
    file = begin()
    file.add_stimulus(optical_series("movie", np.concatenate([movie] * 3), onset_s))
    showings, _ = find(save(file, path))
    assert told(showings) == [("movie", repeat, False, 8) for repeat in range(3)]


@pytest.mark.parametrize("shift_s", [0.0, 0.03, -0.03])
def test_rows_that_begin_a_little_off_still_cut_a_series_into_repeats(path, monkeypatch, shift_s):
    monkeypatch.setattr("sysid_datasets.neurodata.content.MOST_BYTES", 0)  # as of a series of many frames
    movie = draw_frames(8)
    file = begin()
    file.add_stimulus(optical_series("movie", np.concatenate([movie] * 3), 1 + 0.1 * np.arange(24)))
    for start_s in 1 + 0.8 * np.arange(3):
        file.add_trial(start_time=start_s + shift_s, stop_time=start_s + 0.8 + shift_s)
    showings, _ = find(save(file, path))
    assert told(showings) == [("movie", repeat, False, 8) for repeat in range(3)]


def test_rows_without_times_do_not_disturb_a_series(path):
    file = begin()
    file.add_stimulus(optical_series("noise", draw_frames(20), 0.1 * np.arange(20)))
    file.add_trial_column("condition", "of the animal")
    for start_s, stop_s in ((0.0, 0.5), (0.5, np.nan), (0.5, 0.5)):
        file.add_trial(start_time=start_s, stop_time=stop_s, condition="awake")
    (shown,), _ = find(save(file, path))
    assert shown.source == "noise"


def test_index_series_that_show_the_same_are_repeats(path):
    file = begin()
    movie, images = image_series("movie", draw_frames(10)), image_set("scenes", draw_frames(3, 1))
    file.add_stimulus_template(movie)
    file.add_stimulus_template(images)
    for number, frames in enumerate((10, 4, 10)):
        onset_s = 10 * number + 0.05 * np.arange(frames)
        file.add_stimulus(index_series(f"movie_{number}", range(frames), onset_s, movie))
    for number, shown in enumerate(([2, 0], [0, 2])):
        file.add_stimulus(
            index_series(f"trial_{number}", shown, 50 + 10 * number + 0.3 * np.arange(2), images)
        )
    showings, notes = find(save(file, path))
    assert told(showings) == [
        ("movie_0", 0, False, 10),
        ("movie_0", 1, True, 4),
        ("movie_0", 2, False, 10),
        ("trial_0/image 2", 0, False, 1),
        ("trial_0/image 0", 0, False, 1),
        ("trial_0/image 0", 1, False, 1),
        ("trial_0/image 2", 1, False, 1),
    ]
    assert len({each.name for each in showings}) == 7
    assert "movie_0, movie_1, movie_2: show the same frames, and are taken for repeats of movie_0" in notes


def test_a_shuffled_movie_is_cut_into_repeats_by_its_numbers(path):
    file = begin()
    file.add_stimulus_template(image_series("movie_shuffled", draw_frames(20)))
    order = np.random.default_rng(0).permutation(20)
    numbers = [*order, *order[:9], *order]
    file.add_time_intervals(frame_table("movie_shuffled_presentations", movie_rows(0, numbers, 0.03)))
    showings, _ = find(save(file, path))
    identity = "movie_shuffled_presentations"
    assert told(showings) == [(identity, 0, False, 20), (identity, 1, True, 9), (identity, 2, False, 20)]


def test_a_movie_taken_up_again_shows_the_same_and_is_left_out(path):
    file = begin()
    file.add_stimulus_template(image_series("movie", draw_frames(20)))
    rows = [*movie_rows(0, range(12)), *movie_rows(9, range(12, 20)), *movie_rows(20, range(20))]
    file.add_time_intervals(frame_table("movie_presentations", rows))
    showings, _ = find(save(file, path))
    assert {each.identity for each in showings} == {"movie_presentations"}
    assert [each.aborted for each in showings] == [True, True, False]


def test_a_label_of_every_single_row_cuts_nothing(path):
    file = begin()
    file.add_stimulus_template(image_series("movie", draw_frames(6)))
    rows = movie_rows(0, [*range(6), *range(6)])
    columns = {"trial": list(range(12)), "repeat": [float("nan")] * 12}
    file.add_time_intervals(frame_table("movie_presentations", rows, columns))
    showings, _ = find(save(file, path))
    assert [len(each.frame) for each in showings] == [6, 6]


def test_two_tables_that_show_the_same_movie_share_its_identity(path):
    file = begin()
    file.add_stimulus_template(image_series("movie_one", draw_frames(6)))
    file.add_time_intervals(frame_table("movie_one_presentations", movie_rows(0, range(6))))
    file.add_time_intervals(frame_table("movie_one_more_repeats", movie_rows(9, [*range(6), *range(6)])))
    showings, notes = find(save(file, path))
    assert {each.identity for each in showings} == {"movie_one_presentations"}
    assert [each.source for each in showings] == ["movie_one_presentations", *["movie_one_more_repeats"] * 2]
    assert notes[-1] == (
        "movie_one_more_repeats: shows frames of movie_one_presentations again: they stay in one part"
    )
