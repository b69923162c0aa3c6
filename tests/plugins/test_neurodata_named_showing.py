"""What rows of tables name or refer to, and templates of stimuli that have no pixels in the file."""

from pathlib import Path

import numpy as np
import pytest
from pynwb.base import TimeSeriesReference
from pynwb.epoch import TimeIntervals
from pynwb.image import ImageSeries
from skimage import io

from tests.neurodata_finding import find, message
from tests.neurodata_stimulus_file import (
    begin,
    draw_frames,
    external_series,
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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    return tmp_path / "templates"


def named_table(name: str, column: str, values, first_s: float = 0.0) -> TimeIntervals:
    table = TimeIntervals(name=name, description="what was shown")
    table.add_column(column, "what")
    for row, value in enumerate(values):
        start_s = first_s + 0.5 * row
        table.add_interval(start_time=start_s, stop_time=start_s + 0.25, **{column: value})
    return table


@pytest.mark.parametrize("values", [["scene2", "scene10", "grey", "scene2"], [2.0, 10.0, np.nan, 2.0]])
def test_rows_name_image_files_of_a_folder_and_other_rows_are_left_out(path, folder, values):
    stem = "scene" if isinstance(values[0], str) else ""
    for number in (2, 10):
        io.imsave(folder / f"{stem}{number}.png", draw_frames(11)[number], check_contrast=False)
    file = begin()
    column = "image_name" if stem else "image_id"
    file.add_time_intervals(named_table("flashes", column, values))
    showings, notes = find(save(file, path), templates=folder)
    assert [(each.identity, each.repeat) for each in showings] == [
        (f"flashes/{stem}2", 0),
        (f"flashes/{stem}10", 0),
        (f"flashes/{stem}2", 1),
    ]
    np.testing.assert_array_equal(showings[1].pixels.take(showings[1].frame)[0, 0], draw_frames(11)[10])
    assert notes == (
        "flashes: rows name images of templates; 2 images",
        "flashes: 1 rows name no image of templates: left out",
    )


def test_rows_name_frames_of_a_template_by_its_labels(path):
    file = begin()
    file.add_stimulus_template(
        ImageSeries(
            name="scenes",
            data=draw_frames(3),
            unit="n.a.",
            rate=1.0,
            control=np.arange(3, dtype=np.uint8),
            control_description=["im061", "im062", "im063"],
        )
    )
    file.add_time_intervals(named_table("scenes_presentations", "image_name", ["im063", "omitted", "im061"]))
    showings, _ = find(save(file, path))
    assert [each.identity for each in showings] == [
        "scenes_presentations/im063",
        "scenes_presentations/im061",
    ]
    np.testing.assert_array_equal(showings[0].pixels.take(showings[0].frame)[0, 0], draw_frames(3)[2])


def test_a_picture_that_was_left_out_is_a_grey_screen(path):
    file = begin()
    file.add_stimulus_template(image_set("scenes", draw_frames(3)))
    rows = movie_rows(0, [2, 0, 3, 1, 0], interval_s=0.25)
    columns = {"omitted": [False, False, True, False, False]}
    file.add_time_intervals(frame_table("scenes_presentations", rows, columns, frame="image_index"))
    showings, _ = find(save(file, path))
    assert [int(each.frame[0]) for each in showings] == [2, 0, -1, 1, 0]


def test_rows_name_movies_of_a_folder_which_are_shown_evenly(path, folder):
    np.save(folder / "clip_a.npy", draw_frames(5))
    file = begin()
    file.add_time_intervals(named_table("clips", "stimulus_name", ["clip_a", "clip_b", "clip_a"]))
    showings, notes = find(save(file, path), templates=folder)
    assert [(each.identity, len(each.frame)) for each in showings] == [("clip_a", 5), ("clip_a", 5)]
    np.testing.assert_allclose(showings[1].edges_s, 1 + 0.05 * np.arange(6))
    assert notes[0].startswith("clips: rows show clip_a frame by frame, evenly over the longest row; ")


def test_rows_refer_to_movies_or_to_some_of_their_frames(path):
    file = begin()
    movie = image_series("movie", draw_frames(20), rate=20.0)
    file.add_stimulus_template(movie)
    table = TimeIntervals(name="shown", description="what was shown")
    for row, (first, count) in enumerate([(0, 20), (0, 10), (40, 20), (10, 10)]):
        start_s = 2.0 * row
        reference = TimeSeriesReference(first, count, movie)
        table.add_row(start_time=start_s, stop_time=start_s + count / 20, timeseries=[reference])
    file.add_time_intervals(table)
    showings, notes = find(save(file, path))
    assert [(each.identity, each.repeat, len(each.frame)) for each in showings] == [
        ("movie", 0, 20),
        ("movie from frame 0 to 9", 0, 10),
        ("movie", 1, 20),
        ("movie from frame 10 to 19", 0, 10),
    ]
    np.testing.assert_array_equal(showings[3].frame, np.arange(10, 20))
    assert notes[0].startswith("shown: rows show movie frame by frame, at its rate of 20 Hz; ")


def test_a_table_among_the_stimuli_is_found(path):
    file = begin()
    file.add_stimulus_template(image_series("movie", draw_frames(4)))
    file.add_stimulus(frame_table("movie_presentations", movie_rows(0, range(4))))
    (shown,), _ = find(save(file, path), "movie_presentations")
    assert shown.source == "movie_presentations"


def absent_movie(frames: int) -> ImageSeries:
    return external_series("movie", ["D:\\videos\\clouds.avi"], 0.1 * np.arange(frames))


def test_templates_take_the_place_of_an_absent_video(path, folder):
    np.save(folder / "clouds.npy", draw_frames(6))
    file = begin()
    file.add_stimulus(absent_movie(6))
    save(file, path)
    assert "its pixels are in D:\\videos\\clouds.avi, which is not beside the NWB file" in message(path)
    for templates in (folder, folder / "clouds.npy"):
        (shown,), _ = find(path, templates=templates)
        np.testing.assert_array_equal(shown.pixels.take(shown.frame)[:, 0], draw_frames(6))


def test_templates_of_another_length_are_not_taken(path, folder):
    np.save(folder / "clouds.npy", draw_frames(5))
    file = begin()
    file.add_stimulus(absent_movie(6))
    assert message(save(file, path), "movie", templates=folder).endswith(
        "put it there; `templates` has 5 frames for the 6 of movie"
    )


def test_templates_take_the_place_of_the_movie_that_an_index_series_numbers(path, folder):
    np.save(folder / "clouds.npy", draw_frames(6))
    file = begin()
    movie = absent_movie(6)
    file.add_stimulus_template(movie)
    file.add_stimulus(index_series("shown", [*range(6), *range(6)], 0.1 * np.arange(12), movie))
    showings, _ = find(save(file, path), templates=folder / "clouds.npy")
    assert [(each.identity, each.repeat) for each in showings] == [("shown", 0), ("shown", 1)]


def test_a_template_that_is_called_like_one_stimulus_is_not_for_another(path, folder):
    np.save(folder / "movie_one.npy", draw_frames(6))
    file = begin()
    file.add_time_intervals(frame_table("movie_one_presentations", movie_rows(0, range(6))))
    file.add_time_intervals(frame_table("movie_two_presentations", movie_rows(5, range(4))))
    save(file, path)
    for templates in (folder, folder / "movie_one.npy"):
        (shown,), notes = find(path, templates=templates)
        assert shown.source == "movie_one_presentations"
        assert any(note.startswith("left out: ") and "movie_two" in note for note in notes)
        assert "movie_two" in message(path, "movie_two_presentations", templates=templates)


def test_what_lacks_pixels_in_a_table_of_several_stimuli_is_left_out(path):
    file = begin()
    file.add_stimulus_template(image_series("movie_one", draw_frames(4)))
    rows = movie_rows(0, [0, 1, 2, 3, 0, 1, 2])
    names = ["movie_one"] * 4 + ["movie_two"] * 3
    file.add_time_intervals(frame_table("stimulus_presentations", rows, {"stimulus_name": names}))
    save(file, path)
    (shown,), notes = find(path)
    assert shown.identity == "movie_one"
    assert "movie_two: expected pixels of its frames in the file, which has those of movie_one" in notes[-1]
    assert message(path, "movie_two").startswith("a.nwb: movie_two: expected pixels of its frames")


def test_times_of_rows_that_show_nothing_need_not_be_right(path):
    file = begin()
    file.add_stimulus_template(image_series("movie", draw_frames(4)))
    rows = [(0.0, np.nan, np.nan), (0.0, 0.0, np.nan), *movie_rows(0, range(4))]
    names = ["spontaneous"] * 2 + ["movie"] * 4
    file.add_time_intervals(frame_table("presentations", rows, {"stimulus_name": names}))
    (shown,), _ = find(save(file, path))
    assert len(shown.frame) == 4


def test_a_stack_of_images_is_no_image(path, folder):
    np.save(folder / "a.npy", np.zeros((9, 5, 7)))
    np.save(folder / "b.npy", np.zeros((9, 5, 7)))
    file = begin()
    file.add_time_intervals(frame_table("movie", movie_rows(0, range(4))))
    assert message(save(file, path), "movie", templates=folder) == (
        "templates: expected images, or a file called movie with one of .npy, .h5, .hdf5, .nwb, got neither"
    )


def test_a_series_beside_a_table_without_pixels_is_no_obstacle(path):
    file = begin()
    file.add_stimulus(optical_series("noise", draw_frames(9), 0.1 * np.arange(9)))
    file.add_time_intervals(named_table("flashes", "image_name", ["a", "b"]))
    (shown,), _ = find(save(file, path))
    assert shown.source == "noise"
