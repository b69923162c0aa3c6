"""Raw frames, averaged over areas."""

import numpy as np
import pytest

from sysid import SysidError
from sysid_datasets.dryad_deposit import open_deposit
from sysid_datasets.dryad_frame import average_area, read_frames


def draw_frames(native_px: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, native_px, native_px), dtype=np.uint8)


def write_frames(folder, frames: np.ndarray) -> None:
    (folder / "Stimuli/Movie1").mkdir(parents=True)
    for number, frame in enumerate(frames, start=1):
        (folder / f"Stimuli/Movie1/frame{number:04d}.raw").write_bytes(frame.T.tobytes())


@pytest.mark.parametrize(("native_px", "size_px"), [(12, 4), (12, 12), (12, 8), (7, 5), (256, 90), (5, 7)])
def test_a_pixel_is_the_mean_of_the_area_it_covers(native_px, size_px):
    frames = draw_frames(native_px)
    fine = np.repeat(np.repeat(frames[:1].astype(float), size_px, axis=1), size_px, axis=2)
    expected = fine.reshape(1, size_px, native_px, size_px, native_px).mean(axis=(2, 4))
    np.testing.assert_allclose(average_area(frames, size_px)[:1], expected, rtol=1e-5, atol=1e-4)


def test_many_parts_per_area_keep_their_precision():
    frames = np.full((1, 601, 601), 255, dtype=np.uint8)  # 601 and 90 share no divisor: 255 · 601² > 2^24
    np.testing.assert_allclose(average_area(frames, 90), 255.0, rtol=1e-12)


def test_the_files_are_column_major(tmp_path):
    frames = draw_frames(6)
    write_frames(tmp_path, frames)
    read = read_frames(open_deposit(tmp_path), "Stimuli/Movie1", "frame", 6)
    np.testing.assert_array_equal(read.pixels, frames)
    assert read.native_px == 6


def test_more_frames_than_are_decoded_at_once_stay_in_order(tmp_path):
    write_frames(tmp_path, np.arange(230, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 2), np.uint8))
    read = read_frames(open_deposit(tmp_path), "Stimuli/Movie1", "frame", 1)
    np.testing.assert_array_equal(read.pixels[:, 0, 0], np.arange(230))


def test_means_are_rounded_to_the_nearest(tmp_path):
    write_frames(tmp_path, np.array([[[10, 11], [11, 11]], [[10, 10], [10, 11]]], dtype=np.uint8))
    read = read_frames(open_deposit(tmp_path), "Stimuli/Movie1", "frame", 1)
    np.testing.assert_array_equal(read.pixels.ravel(), [11, 10])


def test_a_frame_of_another_size_is_named(tmp_path):
    write_frames(tmp_path, draw_frames(6))
    (tmp_path / "Stimuli/Movie1/frame0002.raw").write_bytes(bytes(25))
    line = r"Stimuli/Movie1/frame0002.raw: expected 36 bytes \(6 × 6 px, as the first frame\), got 25"
    with pytest.raises(SysidError, match=line):
        read_frames(open_deposit(tmp_path), "Stimuli/Movie1", "frame", 3)


@pytest.mark.parametrize("size", [0, 35])
def test_a_frame_that_is_not_square_is_named(tmp_path, size):
    write_frames(tmp_path, draw_frames(6))
    (tmp_path / "Stimuli/Movie1/frame0001.raw").write_bytes(bytes(size))
    with pytest.raises(SysidError, match=f"frame0001.raw: expected a square frame .*, got {size} bytes"):
        read_frames(open_deposit(tmp_path), "Stimuli/Movie1", "frame", 3)
