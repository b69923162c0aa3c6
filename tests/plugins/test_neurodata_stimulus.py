"""What was shown, found in image series, index series and interval tables."""

from pathlib import Path

import numpy as np
import pytest
from pynwb import TimeSeries

from sysid_datasets.neurodata.index_showing import unwrap
from tests.neurodata_finding import find, message
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


def test_a_series_shows_its_frames_at_their_own_times_and_a_dropped_frame_is_a_longer_bin(path):
    onset_s = 1 + 0.1 * np.array([0, 1, 2, 4, 5])
    file = begin()
    file.add_stimulus(optical_series("noise", draw_frames(5), onset_s))
    (shown,), notes = find(save(file, path))
    assert (shown.name, shown.identity, shown.kind, shown.aborted) == ("noise", "noise", "movie", False)
    np.testing.assert_allclose(np.diff(shown.edges_s), [0.1, 0.1, 0.2, 0.1, 0.1])
    np.testing.assert_array_equal(shown.pixels.take(shown.frame)[:, 0], draw_frames(5))
    assert notes == ("noise: frames are read as (time, height, width), by `dimension` 6 × 4",)


def test_frames_stored_width_first_are_the_same_frames(path):
    file = begin()
    stored = draw_frames(5).swapaxes(1, 2)
    file.add_stimulus(optical_series("noise", stored, 0.1 * np.arange(5)))
    save(file, path)
    (shown,), notes = find(path)
    np.testing.assert_array_equal(shown.pixels.take(shown.frame)[:, 0], draw_frames(5))
    assert notes == ("noise: frames are read as (time, width, height), by `dimension` 6 × 4",)
    (as_told,), notes = find(path, order="tyx")
    assert as_told.pixels.shape == (5, 1, 6, 4)
    assert notes == ("noise: frames are read as (time, height, width), as axis_order says",)


def test_a_pause_is_no_frame(path):
    file = begin()
    file.add_stimulus(optical_series("noise", draw_frames(6), np.array([0, 0.1, 0.2, 9, 9.1, 9.2])))
    (first, second), _ = find(save(file, path))
    assert (first.identity, second.identity) == ("noise/1", "noise/2")
    np.testing.assert_allclose(first.edges_s, [0, 0.1, 0.2, 0.3])
    np.testing.assert_array_equal(second.frame, [3, 4, 5])


def test_series_of_the_same_frames_are_repeats_and_one_that_ends_before_was_broken_off(path):
    movie = draw_frames(12)
    file = begin()
    file.add_stimulus(optical_series("noise", draw_frames(9, 1), 0.1 * np.arange(9)))
    for number, frames in enumerate((7, 12, 12)):
        onset_s = 10 * (1 + number) + 0.1 * np.arange(frames)
        file.add_stimulus(optical_series(f"movie{number}", movie[:frames], onset_s))
    showings, notes = find(save(file, path))
    assert [(each.identity, each.repeat, each.aborted) for each in showings] == [
        ("noise", 0, False),
        ("movie0", 0, True),
        ("movie0", 1, False),
        ("movie0", 2, False),
    ]
    np.testing.assert_array_equal(showings[1].pixels.take(showings[3].frame)[:, 0], movie)
    assert "movie0, movie1, movie2: show the same frames, and are taken for repeats of movie0" in notes


def test_rows_of_a_table_cut_a_long_series_into_repeats_where_they_show_the_same(path):
    movie, noise = draw_frames(8), draw_frames(10, 1)
    file = begin()
    file.add_stimulus(optical_series("all", np.concatenate([noise, movie, movie]), 0.1 * np.arange(26)))
    file.add_trial(start_time=1.0, stop_time=1.8)
    file.add_trial(start_time=1.8, stop_time=2.6)
    showings, notes = find(save(file, path))
    assert [each.identity for each in showings] == ["all/1", "all/2", "all/2"]
    assert "all: cut into the 3 rows of trials, which show the same frames" in notes


def test_rows_that_show_different_frames_cut_nothing(path):
    file = begin()
    file.add_stimulus(optical_series("noise", draw_frames(26), 0.1 * np.arange(26)))
    file.add_trial(start_time=0.5, stop_time=1.0)
    file.add_trial(start_time=1.0, stop_time=1.5)
    (shown,), _ = find(save(file, path))
    assert len(shown.frame) == 26


def test_passes_through_a_movie_are_counted_where_no_column_does(path):
    file = begin()
    file.add_stimulus_template(image_series("movie_one", draw_frames(10)))
    passes = [*range(10), *range(4), -1, -1, *range(10)]
    file.add_time_intervals(frame_table("movie_one_presentations", movie_rows(5, passes)))
    showings, _ = find(save(file, path))
    assert [(each.repeat, each.aborted, len(each.frame)) for each in showings] == [
        (0, False, 10),
        (1, True, 4),
        (2, False, 10),
    ]
    assert {each.identity for each in showings} == {"movie_one_presentations"}
    np.testing.assert_allclose(showings[2].edges_s[[0, -1]], [5 + 16 * 0.05, 5 + 26 * 0.05])
    np.testing.assert_array_equal(showings[0].pixels.take(showings[0].frame)[:, 0], draw_frames(10))


def test_blank_rows_within_a_pass_are_grey(path):
    file = begin()
    file.add_stimulus_template(image_series("movie", draw_frames(12)))
    frames = [0, 1, 2, -1, 4, 5, np.nan, 7, 8, 9, 10, 11]
    file.add_time_intervals(frame_table("movie_presentations", movie_rows(0, frames)))
    (shown,), _ = find(save(file, path))
    np.testing.assert_array_equal(shown.frame, [0, 1, 2, -1, 4, 5, -1, 7, 8, 9, 10, 11])


def test_a_column_says_which_passes_were_broken_off(path):
    file = begin()
    file.add_stimulus_template(image_series("movie", draw_frames(5)))
    rows = movie_rows(0, [*range(5), *range(5)])
    columns = {"aborted": [False] * 5 + [True] * 5, "repeat": [0] * 5 + [1] * 5}
    file.add_time_intervals(frame_table("movie_presentations", rows, columns))
    showings, _ = find(save(file, path))
    assert [each.aborted for each in showings] == [False, True]


def test_a_table_of_several_stimuli_is_divided_and_spontaneous_activity_left_out(path):
    file = begin()
    file.add_stimulus_template(image_series("movie_one", draw_frames(4, 1)))
    file.add_stimulus_template(image_series("movie_two", draw_frames(4, 2)))
    rows = movie_rows(0, [0, 1, 2, 3, np.nan, 0, 1, 2, 3])
    names = ["movie_one"] * 4 + ["spontaneous"] + ["movie_two"] * 4
    file.add_time_intervals(frame_table("stimulus_presentations", rows, {"stimulus_name": names}))
    save(file, path)
    showings, _ = find(path)
    assert [each.identity for each in showings] == ["movie_one", "movie_two"]
    np.testing.assert_array_equal(showings[1].pixels.take(showings[1].frame)[:, 0], draw_frames(4, 2))
    (chosen,), _ = find(path, "movie_two")
    assert (chosen.identity, chosen.source) == ("movie_two", "stimulus_presentations")


def test_numbers_that_jump_about_slowly_are_images(path):
    file = begin()
    file.add_stimulus_template(image_set("scenes", draw_frames(3), order=[2, 0, 1]))
    rows = movie_rows(1, [2, 0, 1, 0, -1, 2], interval_s=0.25)
    file.add_time_intervals(frame_table("scenes_presentations", rows))
    showings, _ = find(save(file, path))
    assert [each.kind for each in showings] == ["image"] * 6
    assert [(each.identity.split("/")[1], each.repeat) for each in showings] == [
        ("image 2", 0),
        ("image 0", 0),
        ("image 1", 0),
        ("image 0", 1),
        ("blank", 0),
        ("image 2", 1),
    ]
    np.testing.assert_allclose(showings[1].edges_s, [1.25, 1.5])
    np.testing.assert_array_equal(showings[1].pixels.take(showings[1].frame)[0, 0], draw_frames(3)[2])


def test_an_index_series_shows_images_in_their_order(path):
    file = begin()
    images = image_set("scenes", draw_frames(3), order=[2, 0, 1])
    file.add_stimulus_template(images)
    file.add_stimulus(index_series("shown", [0, 2, 0, 1, 0], 0.3 * np.arange(5), images))
    showings, notes = find(save(file, path))
    assert [each.kind for each in showings] == ["image"] * 5
    np.testing.assert_array_equal(
        showings[0].pixels.take(np.array([0, 1, 2]))[:, 0], draw_frames(3)[[2, 0, 1]]
    )
    assert notes == ("shown: shows the 3 images of scenes, in its order_of_images",)


def test_an_index_series_into_a_movie_is_cut_into_passes_and_at_pauses(path):
    file = begin()
    movie = image_series("movie", draw_frames(6))
    file.add_stimulus_template(movie)
    onset_s = np.concatenate([0.1 * np.arange(12), 30 + 0.1 * np.arange(6)])
    file.add_stimulus(index_series("shown", [*range(6), *range(6), *range(6)], onset_s, movie))
    showings, _ = find(save(file, path))
    assert [(each.identity, each.repeat) for each in showings] == [("shown", 0), ("shown", 1), ("shown", 2)]
    np.testing.assert_allclose(showings[1].edges_s[-1], 1.2)


def test_a_blank_that_was_stored_without_its_sign_is_blank(path):
    file = begin()
    movie = image_series("movie", draw_frames(6))
    file.add_stimulus_template(movie)
    numbers = np.array([0, 1, -1, 3, 4, 5]).astype(np.uint32)
    file.add_stimulus(index_series("shown", numbers, 0.1 * np.arange(6), movie))
    (shown,), notes = find(save(file, path))
    np.testing.assert_array_equal(shown.frame, [0, 1, -1, 3, 4, 5])
    assert notes[-1] == (
        "shown: 1 of 6 samples are 4294967295, the largest number of its type, and no number of the 6 "
        "frames there are: they are taken for −1, a blank screen"
    )


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint64])
def test_the_largest_number_of_any_type_without_a_sign_is_blank(kind):
    stored = np.array([3, -1, 0]).astype(kind)
    numbers, (note,) = unwrap(stored, 4)
    assert (numbers.tolist(), numbers.dtype) == ([3, -1, 0], np.int64)
    assert str(np.iinfo(kind).max) in note


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_it_stays_that_of_its_type_where_pynwb_stores_a_longer_one(path, kind):
    file = begin()
    movie = image_series("movie", draw_frames(6))
    file.add_stimulus_template(movie)
    numbers = np.array([0, 1, -1, 3, 4, 5]).astype(kind)
    file.add_stimulus(index_series("shown", numbers, 0.1 * np.arange(6), movie))
    (shown,), notes = find(save(file, path))
    np.testing.assert_array_equal(shown.frame, [0, 1, -1, 3, 4, 5])
    assert notes[-1].startswith(f"shown: 1 of 6 samples are {np.iinfo(kind).max}, the largest number of its")


def test_the_largest_number_is_an_image_where_there_is_one():
    stored = np.array([3, 255, 0], dtype=np.uint8)
    assert unwrap(stored, 256) == (stored, ())
    signed = np.array([3, 127], dtype=np.int8)
    assert unwrap(signed, 4) == (signed, ())


def test_movies_in_one_bank_of_frames_are_cut_where_numbers_leap(path):
    file = begin()
    bank = image_series("bank", draw_frames(60))
    file.add_stimulus_template(bank)
    order = [*range(20), *range(45, 50), *range(45, 50), *range(45, 50), *range(20, 40)]
    file.add_stimulus(index_series("shown", order, 0.1 * np.arange(len(order)), bank))
    showings, _ = find(save(file, path))
    assert [(each.frame[0], each.frame[-1], each.repeat) for each in showings] == [
        (0, 19, 0),
        (45, 49, 0),
        (45, 49, 1),
        (45, 49, 2),
        (20, 39, 0),
    ]
    assert len({each.identity for each in showings}) == 3
    assert not any(each.aborted for each in showings)


def test_a_movie_that_dropped_frames_is_not_cut(path):
    file = begin()
    movie = image_series("movie", draw_frames(30))
    file.add_stimulus_template(movie)
    order = [*range(10), *range(14, 30), *range(30)]
    file.add_stimulus(index_series("shown", order, 0.1 * np.arange(len(order)), movie))
    showings, _ = find(save(file, path))
    assert [(each.frame[0], each.frame[-1]) for each in showings] == [(0, 29), (0, 29)]


def test_noise_frames_in_any_order_are_one_sequence_where_they_are_fast(path):
    file = begin()
    movie = image_series("noise", draw_frames(6))
    file.add_stimulus_template(movie)
    order = [3, 1, 5, 0, 2, 4, 1, 3]
    file.add_stimulus(index_series("shown", order, 0.03 * np.arange(8), movie))
    (shown,), _ = find(save(file, path))
    np.testing.assert_array_equal(shown.frame, order)


def test_rows_may_name_images_of_a_set(path):
    file = begin()
    file.add_stimulus_template(image_set("scenes", draw_frames(3)))
    file.add_trial_column("image_name", "what was shown")
    for number, name in enumerate(("scene2", "scene0", "scene2")):
        file.add_trial(start_time=float(number), stop_time=number + 0.5, image_name=name)
    showings, _ = find(save(file, path))
    assert [(each.identity, each.repeat) for each in showings] == [
        ("trials/scene2", 0),
        ("trials/scene0", 0),
        ("trials/scene2", 1),
    ]
    np.testing.assert_allclose(showings[2].edges_s, [2, 2.5])


def test_rows_may_name_whole_movies(path):
    file = begin()
    file.add_stimulus_template(image_series("clip", draw_frames(5), rate=10.0))
    file.add_trial_column("stimulus_name", "what was shown")
    for start_s, stop_s in ((0.0, 0.5), (1.0, 1.5), (2.0, 2.2)):
        file.add_trial(start_time=start_s, stop_time=stop_s, stimulus_name="clip")
    showings, notes = find(save(file, path))
    assert [(len(each.frame), each.aborted) for each in showings] == [(5, False), (5, False), (2, True)]
    assert notes[0].startswith("trials: rows show clip frame by frame, at its rate of 10 Hz; ")


def test_pixels_outside_the_file_are_found_by_the_name_of_the_stimulus(path, tmp_path):
    file = begin()
    rows = movie_rows(0, [0, 1, 2, 3])
    file.add_time_intervals(frame_table("movie_one", rows))
    save(file, path)
    assert message(path, "movie_one") == (
        "a.nwb: movie_one: expected pixels of its frames in the file, which has none; templates are usually "
        "published beside the session, as .npy, .h5 or images: say where with `templates`"
    )
    np.save(tmp_path / "movie_one.npy", draw_frames(4))
    for templates in (tmp_path / "movie_one.npy", tmp_path):
        (shown,), notes = find(path, templates=templates)
        np.testing.assert_array_equal(shown.pixels.take(shown.frame)[:, 0], draw_frames(4))
        assert notes == ("movie_one: pixels are read from movie_one.npy, as (time, height, width)",)


def test_what_has_no_pixels_is_left_out_where_no_name_asks_for_it(path):
    file = begin()
    file.add_stimulus(optical_series("noise", draw_frames(5), 0.1 * np.arange(5)))
    file.add_time_intervals(frame_table("movie", movie_rows(9, [0, 1])))
    save(file, path)
    (shown,), notes = find(path)
    assert shown.identity == "noise"
    assert any(note.startswith("left out: ") and "movie: expected pixels" in note for note in notes)


def test_an_unknown_name_is_told_with_what_there_is(path):
    file = begin()
    file.add_stimulus(optical_series("noise", draw_frames(5), 0.1 * np.arange(5)))
    file.add_stimulus(TimeSeries(name="contrast", data=np.zeros(3), unit="n.a.", rate=1.0))
    file.add_stimulus_template(image_series("movie", draw_frames(2)))
    file.add_time_intervals(frame_table("movie_presentations", movie_rows(9, [0, 1])))
    save(file, path)
    assert message(path, "nois") == (
        'a.nwb: stimulus: expected one of "noise", "movie_presentations", got "nois"'
    )
    assert message(path, "contrast") == (
        'a.nwb: stimulus: expected one of "noise", "movie_presentations", got "contrast", which has no frames'
    )


def test_a_file_without_a_stimulus_says_so(path):
    assert message(save(begin(), path)) == (
        "a.nwb: expected an image series, an index series or an interval table that numbers frames, got "
        "nothing under stimulus and intervals"
    )


def test_a_number_of_no_frame_is_told(path):
    file = begin()
    file.add_stimulus_template(image_series("movie", draw_frames(4)))
    file.add_time_intervals(frame_table("movie_presentations", movie_rows(0, [0, 1, 2, 3, 4])))
    assert message(save(file, path)) == (
        "a.nwb: intervals/movie_presentations/frame: expected whole numbers of the 4 frames there are, "
        "from 0 to 3, got 4.0 at index 4"
    )


def test_rows_out_of_order_are_put_in_order_and_two_at_once_are_told(path):
    file = begin()
    file.add_stimulus_template(image_series("movie", draw_frames(4)))
    rows = movie_rows(0, [0, 1, 2, 3])
    file.add_time_intervals(frame_table("movie_presentations", [rows[2], rows[0], rows[3], rows[1]]))
    (shown,), _ = find(save(file, path))
    np.testing.assert_array_equal(shown.frame, [0, 1, 2, 3])
    file = begin()
    file.add_stimulus_template(image_series("movie", draw_frames(4)))
    file.add_time_intervals(frame_table("movie_presentations", [rows[0], rows[1], rows[1]]))
    assert message(save(file, path.with_name("b.nwb"))) == (
        "b.nwb: intervals/movie_presentations/start_time: expected increasing times, got 0.05 s twice"
    )


@pytest.mark.parametrize(
    ("start_s", "stop_s", "expected"),
    [
        (np.nan, 1.0, "intervals/movie/start_time: expected finite times, got nan in row 0"),
        (1.0, 1.0, "intervals/movie: expected rows that stop after they start, got 1 to 1 s in row 0"),
    ],
)
def test_times_that_cannot_be_are_told(path, start_s, stop_s, expected):
    file = begin()
    file.add_stimulus_template(image_series("movie", draw_frames(4)))
    file.add_time_intervals(frame_table("movie", [(start_s, stop_s, 0)]))
    assert message(save(file, path)) == f"a.nwb: {expected}"
