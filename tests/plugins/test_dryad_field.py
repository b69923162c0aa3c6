"""Receptive field outlines from screen to stimulus pixels."""

import numpy as np
import pytest
import scipy.io

from sysid import SysidError
from sysid_datasets.dryad_deposit import open_deposit
from sysid_datasets.dryad_field import (
    Crop,
    crop_frames,
    find_centroid,
    make_field,
    place_crop,
    read_outlines,
    to_stimulus,
)


def square(x: float, y: float, half: float) -> np.ndarray:
    return np.array([[x - half, x + half, x + half, x - half], [y - half, y - half, y + half, y + half]])


def test_the_screen_centre_is_the_stimulus_centre():
    np.testing.assert_allclose(to_stimulus(np.array([[400.0], [300.0]]), 360, 90), [[44.5], [44.5]])


def test_the_upper_left_corner_of_the_screen_area_is_the_corner_of_the_first_pixel():
    # 360 px are centred on (400, 300), y up: left edge at x = 220, upper edge at y = 480
    np.testing.assert_allclose(to_stimulus(np.array([[220.0], [480.0]]), 360, 30), [[-0.5], [-0.5]])


def test_right_on_screen_is_a_larger_column_and_up_a_smaller_row():
    column, row = to_stimulus(np.array([[402.0], [303.0]]), 12, 12)[:, 0]
    assert column == pytest.approx(5.5 + 2)
    assert row == pytest.approx(5.5 - 3)


def test_the_centroid_is_of_the_area_and_not_of_the_points():
    # a unit-density triangle has its centroid at the mean of its corners, however densely an edge is drawn
    edge = np.linspace([0, 0], [6, 0], 50).T
    outline = np.concatenate([edge, [[0], [9]]], axis=1) + 400
    np.testing.assert_allclose(find_centroid(outline), [402, 403])
    np.testing.assert_allclose(find_centroid(outline[:, ::-1]), [402, 403])


def test_an_outline_without_area_has_its_mean_point():
    assert find_centroid(np.array([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]])) == (2.0, 5.0)


def test_a_crop_has_the_mean_centre_in_its_middle():
    outlines = [square(10, 20, 1), square(14, 21, 2)]
    assert place_crop(outlines, 5, 40) == Crop(row=18, column=10, size_px=5)


@pytest.mark.parametrize(("x", "y", "column", "row"), [(0, 39, 0, 35), (39, 0, 35, 0)])
def test_a_crop_stays_inside_the_frame(x, y, column, row):
    assert place_crop([square(x, y, 1)], 5, 40) == Crop(row=row, column=column, size_px=5)


def test_the_field_marks_the_same_pixel_before_and_after_cropping():
    pixels = np.zeros((2, 9, 9), dtype=np.uint8)
    pixels[:, 6, 3] = 200
    crop = Crop(row=4, column=2, size_px=4)
    cut = crop_frames(pixels, crop)
    field = make_field(square(3, 6, 0.5), crop)
    assert cut.shape == (2, 1, 4, 4)
    assert field.centre == (1, 2)
    assert (cut[:, 0, 2, 1] == 200).all()
    np.testing.assert_allclose(field.outline, square(1, 2, 0.5))


def test_a_crop_is_a_copy():
    pixels = np.zeros((1, 3, 3), dtype=np.uint8)
    crop_frames(pixels, Crop(0, 0, 3))[:] = 1
    assert not pixels.any()


@pytest.mark.parametrize(
    ("outline", "got"),
    [
        (np.ones((3, 5)), r"\(3, 5\)"),
        (np.ones((2, 2)), r"\(2, 2\)"),
        (np.full((2, 4), np.nan), r"\(2, 4\)"),
        (np.array("none"), "text or cells"),
    ],
)
def test_an_outline_that_is_none_is_named(tmp_path, outline, got):
    folder = tmp_path / "NeuralData/ReceptiveFields"
    folder.mkdir(parents=True)
    cells = np.empty((1, 2), dtype=object)
    cells[0, 0], cells[0, 1] = square(0, 0, 1), outline
    scipy.io.savemat(folder / "Gratings.mat", {"ReceptiveFields": cells})
    with pytest.raises(SysidError, match=f"Gratings.mat: ReceptiveFields 2: expected .*, got {got}"):
        read_outlines(open_deposit(tmp_path), "NeuralData/ReceptiveFields/Gratings.mat")
