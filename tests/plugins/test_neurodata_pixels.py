"""Frames by number, from arrays, images, videos and templates."""

import sys
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest
from pynwb.base import Images
from pynwb.image import GrayscaleImage, ImageSeries, RGBImage
from skimage import io

from sysid import SysidError
from sysid_datasets.neurodata.array_pixels import make_array_pixels
from sysid_datasets.neurodata.axis_order import find_axis_order
from sysid_datasets.neurodata.content import same_content
from sysid_datasets.neurodata.grey import Grey, find_grey
from sysid_datasets.neurodata.image_pixels import container_pixels, file_pixels, natural_key
from sysid_datasets.neurodata.indexed_frame import READ_BYTES, IndexedFrames, area_weights
from sysid_datasets.neurodata.opening import open_nwb
from sysid_datasets.neurodata.pixel_range import find_range, tell_apart
from sysid_datasets.neurodata.pixels import runs_of
from sysid_datasets.neurodata.series_pixels import series_pixels
from sysid_datasets.neurodata.template_pixels import template_pixels
from tests.neurodata_stimulus_file import (
    HEIGHT,
    WIDTH,
    begin,
    draw_frames,
    external_series,
    image_series,
    image_set,
    save,
)


def in_array(tmp_path: Path, stored: np.ndarray, order: str = "tyx"):
    path = tmp_path / "frames.npy"
    np.save(path, stored)
    return make_array_pixels(path, "", stored.shape, stored.dtype, order, "frames.npy")


def test_frames_come_in_the_order_they_are_asked_for(tmp_path):
    pixels = in_array(tmp_path, draw_frames(30))
    wanted = np.array([29, 0, 3, 3, 12])
    assert (pixels.shape, pixels.dtype) == ((30, 1, HEIGHT, WIDTH), np.uint8)
    np.testing.assert_array_equal(pixels.take(wanted)[:, 0], draw_frames(30)[wanted])


def test_colour_is_an_axis_of_channels(tmp_path):
    stored = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)
    assert in_array(tmp_path, stored).shape == (5, 3, 4, 6)
    np.testing.assert_array_equal(in_array(tmp_path, stored).take(np.array([2]))[0, 1], stored[2, :, :, 1])
    np.testing.assert_array_equal(
        in_array(tmp_path, stored, "txy").take(np.array([2]))[0, 1], stored[2, :, :, 1].T
    )


def test_wide_numbers_become_float32_and_broken_pixels_are_told_with_their_frame(tmp_path):
    stored = np.arange(5 * 4 * 6, dtype=np.float64).reshape(5, 4, 6)
    assert in_array(tmp_path, stored).take(np.array([1])).dtype == np.float32
    stored[3, 0, 0] = np.nan
    with pytest.raises(
        SysidError,
        match=r"^frames.npy: expected finite pixels, got NaN .* in 1 frames, the first 3$",
    ):
        in_array(tmp_path, stored).take(np.array([2, 3, 4]))


def test_frames_that_are_not_there_are_told(tmp_path):
    with pytest.raises(SysidError, match=r"^frames.npy: expected frame numbers from 0 to 4, got 5$"):
        in_array(tmp_path, draw_frames(5)).take(np.array([0, 5]))
    with pytest.raises(SysidError, match=r"expected frames \(frame, height, width\) .* got shape \(4, 6\)"):
        in_array(tmp_path, draw_frames(1)[0])
    with pytest.raises(SysidError, match=r"expected pixels as numbers, got <U1"):
        in_array(tmp_path, np.full((2, 3, 4), "a"))


def test_near_frames_are_read_in_one_go_and_far_ones_apart():
    assert runs_of(np.array([], dtype=np.int64)) == []
    assert runs_of(np.array([4, 2, 3])) == [slice(2, 5)]
    assert runs_of(np.array([0, 1000, 1001])) == [slice(0, 1), slice(1000, 1002)]


@pytest.mark.parametrize(
    ("stored", "dimension", "asked", "order", "by"),
    [
        ((4, 6), (6, 4), "auto", "tyx", "by `dimension` 6 × 4"),
        ((6, 4), (6, 4), "auto", "txy", "by `dimension` 6 × 4"),
        ((6, 4), (6, 4), "tyx", "tyx", "as axis_order says"),
        ((5, 5), (5, 5), "auto", "tyx", "height and width are equal, 5 px"),
        ((4, 6), None, "auto", "tyx", "the file has no `dimension` that would tell"),
        ((4, 6), (7, 9), "auto", "tyx", "`dimension` 7 × 9 fits neither order of 4 × 6"),
    ],
)
def test_axes_are_told_apart_by_dimension_and_the_choice_is_noted(stored, dimension, asked, order, by):
    found = find_axis_order("movie", stored, dimension, asked)
    assert found.order == order
    assert found.note.endswith(by)


def test_an_order_against_the_dimension_of_the_file_is_doubted():
    found = find_axis_order("movie", (6, 4), (6, 4), "tyx")
    assert found.doubt == (
        'movie: axis_order = "tyx" is against the file, whose `dimension` of 6 × 4 (width × height) says '
        "that the stored 6 × 4 are (time, width, height)"
    )
    undoubted = [((6, 4), (6, 4), "txy"), ((6, 4), None, "tyx"), ((5, 5), (5, 5), "txy")]
    for stored, dimension, asked in undoubted:
        assert find_axis_order("movie", stored, dimension, asked).doubt == ""


def test_a_dimension_that_fits_nothing_is_doubted():
    found = find_axis_order("movie", (4, 6), (7, 9), "auto")
    assert found.doubt == found.note


def test_images_of_a_set_come_in_its_order_else_in_the_order_of_their_names(tmp_path):
    for order, expected in (([2, 0, 1], [2, 0, 1]), (None, [0, 1, 2])):
        file = begin()
        file.add_stimulus_template(image_set("scenes", draw_frames(3), order))
        path = save(file, tmp_path / f"{order is None}.nwb")
        with open_nwb(path) as opened:
            pixels = container_pixels(opened.file.stimulus_template["scenes"], "tyx")
        np.testing.assert_array_equal(pixels.take(np.array([0, 1, 2]))[:, 0], draw_frames(3)[expected])


def test_images_of_different_sizes_are_refused(tmp_path):
    file = begin()
    images = [
        GrayscaleImage(name="a", data=np.zeros((2, 3))),
        GrayscaleImage(name="b", data=np.zeros((3, 2))),
    ]
    file.add_stimulus_template(Images(name="scenes", images=images, description="scenes"))
    with open_nwb(save(file, tmp_path / "a.nwb")) as opened, pytest.raises(SysidError) as error:
        container_pixels(opened.file.stimulus_template["scenes"], "tyx")
    assert str(error.value).endswith("stimulus/templates/scenes: b: expected (2, 3) px as a, got (3, 2)")


def test_coloured_images_have_channels(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    file = begin()
    file.add_stimulus_template(
        Images(name="scenes", images=[RGBImage(name="a", data=image)], description="s")
    )
    with open_nwb(save(file, tmp_path / "a.nwb")) as opened:
        pixels = container_pixels(opened.file.stimulus_template["scenes"], "tyx")
    np.testing.assert_array_equal(pixels.take(np.array([0]))[0], image.transpose(2, 0, 1))


def test_names_are_sorted_by_their_numbers():
    assert sorted(["im10", "im9", "a2b"], key=natural_key) == ["a2b", "im9", "im10"]


def test_a_folder_of_images_is_a_movie(tmp_path):
    for number in (10, 2, 1):
        io.imsave(tmp_path / f"frame{number}.png", draw_frames(11)[number], check_contrast=False)
    pixels, note = template_pixels(tmp_path, ("movie",), None, "auto")
    np.testing.assert_array_equal(pixels.take(np.arange(3))[:, 0], draw_frames(11)[[1, 2, 10]])
    assert note == f"movie: pixels are the 3 images in {tmp_path.name}"


def test_templates_in_hdf5_are_found_by_name_or_as_the_only_ones(tmp_path):
    path = tmp_path / "templates.h5"
    with h5py.File(path, "w") as file:
        file["deep/one"], file["two"], file["flat"] = draw_frames(3, 1), draw_frames(3, 2), np.zeros(3)
    pixels, _ = template_pixels(path, ("one",), None, "auto")
    np.testing.assert_array_equal(pixels.take(np.arange(3))[:, 0], draw_frames(3, 1))
    pixels, _ = template_pixels(path, ("one",), "two", "auto")
    np.testing.assert_array_equal(pixels.take(np.arange(3))[:, 0], draw_frames(3, 2))
    with pytest.raises(SysidError, match=r"expected a dataset three with frames, got deep/one, two; "):
        template_pixels(path, ("three",), None, "auto")


def test_templates_in_another_nwb_file(tmp_path):
    file = begin()
    file.add_stimulus_template(image_series("one", draw_frames(3, 1)))
    file.add_stimulus_template(image_set("scenes", draw_frames(3, 2)))
    path = save(file, tmp_path / "templates.nwb")
    pixels, _ = template_pixels(path, ("one",), None, "auto")
    np.testing.assert_array_equal(pixels.take(np.arange(3))[:, 0], draw_frames(3, 1))
    pixels, _ = template_pixels(path, ("scenes",), None, "auto")
    np.testing.assert_array_equal(pixels.take(np.arange(3))[:, 0], draw_frames(3, 2))
    with pytest.raises(SysidError, match=r"templates.nwb: expected a stimulus two, got one, scenes$"):
        template_pixels(path, ("two",), None, "auto")


def test_templates_in_a_processing_module_of_another_nwb_file(tmp_path):
    file = begin()
    file.create_processing_module("stimulus", "templates").add(image_series("one", draw_frames(3, 1)))
    path = save(file, tmp_path / "templates.nwb")
    pixels, _ = template_pixels(path, ("one",), None, "auto")
    np.testing.assert_array_equal(pixels.take(np.arange(3))[:, 0], draw_frames(3, 1))


def test_broken_templates_are_told(tmp_path):
    (tmp_path / "a.npy").write_text("no array")
    (tmp_path / "b.h5").write_text("no file")
    (tmp_path / "c.txt").write_text("a text")
    (tmp_path / "empty").mkdir()
    for name, words in (
        ("a.npy", "expected frames as .npy: "),
        ("b.h5", "expected an HDF5 file, got"),
        ("c.txt", "expected a folder or a file in .npy, .h5, .hdf5, .nwb, got c.txt"),
        ("empty", "expected images, or a file called movie with one of .npy, .h5, .hdf5, .nwb, got neither"),
    ):
        with pytest.raises(SysidError) as error:
            template_pixels(tmp_path / name, ("movie",), None, "auto")
        assert words in str(error.value)


def test_external_images_are_read_beside_the_file(tmp_path):
    names = [f"im{number}.png" for number in range(3)]
    for number, name in enumerate(names):
        io.imsave(tmp_path / name, draw_frames(3)[number], check_contrast=False)
    file = begin()
    file.add_stimulus(external_series("movie", names, 0.2 * np.arange(3), range(3)))
    with open_nwb(save(file, tmp_path / "a.nwb")) as opened:
        pixels, note = series_pixels(opened, opened.file.stimulus["movie"], "auto")
    np.testing.assert_array_equal(pixels.take(np.arange(3))[:, 0], draw_frames(3))
    assert note == "movie: pixels are read from im0.png, im1.png, im2.png"


def read_scaled(path, **scale):
    file = begin()
    keys = {"name": "movie", "unit": "cd/m2", "format": "raw", "rate": 10.0, "dimension": [WIDTH, HEIGHT]}
    file.add_stimulus(ImageSeries(data=draw_frames(3), **keys, **scale))
    with open_nwb(save(file, path)) as opened:
        return series_pixels(opened, opened.file.stimulus["movie"], "auto")


def test_pixels_are_in_the_unit_of_their_series(tmp_path):
    pixels, note = read_scaled(tmp_path / "a.nwb", conversion=0.25, offset=-3.0)
    taken = pixels.take(np.array([2, 0]))
    assert (pixels.dtype, taken.dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(taken[:, 0], draw_frames(3)[[2, 0]] * 0.25 - 3)
    assert note == (
        "movie: frames are read as (time, height, width), by `dimension` 6 × 4; pixels are stored values "
        "× 0.25 − 3"
    )


def test_pixels_without_a_scale_stay_bytes(tmp_path):
    pixels, note = read_scaled(tmp_path / "a.nwb", conversion=float("nan"))
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels.take(np.arange(3))[:, 0], draw_frames(3))
    assert note.endswith("by `dimension` 6 × 4; conversion = nan says nothing and is taken as 1")


def test_the_scale_of_a_series_does_not_concern_pixels_of_other_files(tmp_path):
    io.imsave(tmp_path / "im.png", draw_frames(1)[0], check_contrast=False)
    file = begin()
    series = external_series("movie", ["im.png"], np.zeros(1))
    series.fields["conversion"] = 0.5
    file.add_stimulus(series)
    with open_nwb(save(file, tmp_path / "a.nwb")) as opened:
        pixels, note = series_pixels(opened, opened.file.stimulus["movie"], "auto")
    np.testing.assert_array_equal(pixels.take(np.zeros(1, dtype=np.int64))[:, 0], draw_frames(1))
    assert note == "movie: pixels are read from im.png, without × 0.5, which is of data in the file"


def test_an_absent_video_and_an_absent_package_are_told(tmp_path, monkeypatch):
    file = begin()
    file.add_stimulus(external_series("movie", ["movie.avi"], 0.1 * np.arange(7)))
    path = save(file, tmp_path / "a.nwb")
    with open_nwb(path) as opened, pytest.raises(SysidError) as error:
        series_pixels(opened, opened.file.stimulus["movie"], "auto")
    assert str(error.value).endswith(
        "stimulus/presentation/movie: its pixels are in movie.avi, which is not beside the NWB file; such "
        "files are published with it: put it there"
    )
    (tmp_path / "movie.avi").write_text("no video")
    with open_nwb(path) as opened, pytest.raises(SysidError, match=r"movie.avi: expected a video, got"):
        series_pixels(opened, opened.file.stimulus["movie"], "auto")
    monkeypatch.setitem(sys.modules, "av", None)
    with open_nwb(path) as opened, pytest.raises(SysidError) as error:
        series_pixels(opened, opened.file.stimulus["movie"], "auto")
    assert str(error.value).endswith(
        "movie.avi: reading a video needs the package av: pip install 'neural-sysid[video]'"
    )


def test_an_image_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SysidError, match=r"gone.png: no such image file; the movie names it$"):
        file_pixels([tmp_path / "gone.png"], "the movie")


def test_a_presentation_has_its_frames_cropped_and_blank_ones_grey(tmp_path):
    pixels = in_array(tmp_path, draw_frames(9))
    frames = IndexedFrames(pixels, np.array([3, -1, 8, 3]), crop=(1, 2, 3, 4), grey=127.0)
    assert frames.shape == (4, 1, 3, 4)
    np.testing.assert_array_equal(frames[0:4][[0, 2, 3], 0], draw_frames(9)[[3, 8, 3], 1:4, 2:6])
    assert (frames[1:2] == 127).all()
    assert frames[0:4].dtype == np.uint8


def test_a_grey_between_two_bytes_is_delivered_as_float32(tmp_path):
    pixels = in_array(tmp_path, np.broadcast_to(np.array([0, 1], np.uint8)[:, None, None], (2, 3, 4)))
    frames = IndexedFrames(pixels, np.array([1, -1, 0]), grey=0.5)
    assert frames.dtype == np.float32
    assert frames[0:3][:, 0, 0, 0].tolist() == [1.0, 0.5, 0.0]
    assert frames[0:1].dtype == np.float32


@pytest.mark.parametrize(
    ("levels", "dtype", "expected"),
    [
        ((0, 255), np.uint8, Grey(127.0, "middle of range")),
        ((0, 1), np.uint8, Grey(0.5, "middle of range")),
        ((0, 1, 2), np.uint8, Grey(1.0, "middle of range")),
        ((60, 61), np.uint8, Grey(60.5, "middle of range")),
        ((100, 201), np.uint8, Grey(150.0, "middle of range")),
        ((0, 1), np.float32, Grey(0.5, "middle of range")),
        ((-1, 0, 1), np.float32, Grey(0.0, "middle of range")),
        (tuple(range(40)), np.uint8, Grey(127.0, "bytes")),
        ((9,), np.uint8, Grey(127.0, "bytes")),
        ((0.25,), np.float32, Grey(0.25, "mean")),
    ],
)
def test_the_grey_of_a_blank_screen_is_in_the_middle_of_what_the_stimulus_uses(
    tmp_path, levels, dtype, expected
):
    values = np.resize(np.array(levels, dtype), (20, 3, 4))
    pixels = in_array(tmp_path, values)
    assert find_grey(pixels, np.array([-1, *range(20)])) == expected
    assert find_grey(pixels, np.array([-1, -1])) == expected


def test_a_blank_screen_is_the_mean_of_frames_of_many_values_that_are_shown(tmp_path):
    values = np.random.default_rng(0).normal(2, 1, (20, 3, 4)).astype(np.float32)
    values[11:] = np.nan  # never shown
    found = find_grey(in_array(tmp_path, values), np.array([-1, 4, 5, 6, 5]))
    assert found.why == "mean"
    assert found.value == pytest.approx(values[4:7].mean(), rel=1e-6)


def test_pixels_tell_the_files_they_are_read_from(tmp_path):
    pixels = in_array(tmp_path, draw_frames(9))
    assert pixels.files == (pixels.path,)
    images = [tmp_path / f"{number}.npy" for number in range(2)]
    for path in images:
        np.save(path, draw_frames(1)[0])
    assert file_pixels(images, "the movie").files == tuple(images)


def test_smaller_frames_are_averages_over_areas(tmp_path):
    stored = draw_frames(3)
    frames = IndexedFrames(in_array(tmp_path, stored), np.arange(3), size_px=2)
    assert (frames.shape, frames.dtype) == ((3, 1, 2, 3), np.float32)
    expected = stored.reshape(3, 2, 2, 3, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(frames[0:3][:, 0], expected, rtol=1e-6)
    np.testing.assert_allclose(area_weights(3, 2), [[1, 0.5, 0], [0, 0.5, 1]], rtol=1e-6)


def test_large_frames_are_made_smaller_in_little_memory(tmp_path):
    stored = np.zeros((400, 256, 400), dtype=np.uint8)  # 41 MB; 164 MB as floats
    frames = IndexedFrames(in_array(tmp_path, stored), np.arange(400), size_px=4)
    tracemalloc.start()
    frames[0:400]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * READ_BYTES


def test_the_average_of_equal_pixels_is_exactly_these(tmp_path):
    stored = np.full((1, 1080, 40), 9, dtype=np.uint8)
    assert (IndexedFrames(in_array(tmp_path, stored), np.arange(1), size_px=27)[0:1] == 9).all()


def test_stretches_are_the_same_by_their_pixels(tmp_path):
    pixels = in_array(
        tmp_path, np.concatenate([draw_frames(9), draw_frames(9), np.zeros((9, 4, 6), np.uint8)])
    )
    first, second, grey = np.arange(9), np.arange(9, 18), np.arange(18, 27)
    assert same_content(pixels, first, pixels, second)
    assert same_content(pixels, first, pixels, second[:5])
    assert not same_content(pixels, first, pixels, second[1:])
    assert not same_content(pixels, grey, pixels, grey)


def test_stimuli_in_other_units_are_told_apart():
    said = tell_apart({"noise": (0.0, 1.0), "movie": (3.0, 250.0), "grey": (9.0, 9.0)})
    assert said == (
        "pixels are not in the same units, noise from 0 to 1, movie from 3 to 250, grey from 9 to 9: a model "
        "that learns one of them cannot predict another; name stimuli of one kind in `stimulus`"
    )
    assert tell_apart({"noise": (0.0, 255.0), "movie": (60.0, 180.0), "grey": (9.0, 9.0)}) == ""
    assert tell_apart({"grey": (9.0, 9.0)}) == ""


def test_a_range_is_that_of_frames_that_were_shown(tmp_path):
    stored = np.arange(40, dtype=np.uint8)[:, None, None] * np.ones((1, 3, 2), np.uint8)
    pixels = in_array(tmp_path, stored)
    assert find_range(pixels, np.array([5, -1, 7, 9])) == (5.0, 9.0)
    assert find_range(pixels, np.array([-1, -1])) == (0.0, 39.0)
