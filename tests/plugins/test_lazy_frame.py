"""Frames of an HDF5 dataset, read when they are sliced."""

import pickle

import h5py
import numpy as np
import pytest

import sysid
from sysid_datasets.lazy_frame import LazyFrames, open_hdf5

HEIGHT, WIDTH, FRAMES = 2, 3, 7


def _write(path, values, **options):
    with h5py.File(path, "w") as file:
        file.create_dataset("movie", data=values, **options)
    dtype = np.dtype(np.uint8 if values.dtype == np.uint8 else np.float32)
    height, width, frames = values.shape
    return LazyFrames(path, "movie", (frames, 1, height, width), dtype)


@pytest.fixture
def stored():
    return np.random.default_rng(0).standard_normal((HEIGHT, WIDTH, FRAMES))  # float64


@pytest.mark.parametrize(
    "frames",
    [slice(None), slice(2, 5), slice(-3, None), slice(1, 7, 3), slice(5, 2), slice(4, 40), slice(9, 12)],
)
def test_slices_equal_those_of_the_whole(tmp_path, stored, frames):
    lazy = _write(tmp_path / "a.hdf5", stored)
    whole = np.moveaxis(stored, 2, 0)[:, None].astype(np.float32)
    assert np.array_equal(lazy[frames], whole[frames])
    assert lazy[frames].shape == whole[frames].shape


def test_pixel_keeps_row_column_and_frame(tmp_path, stored):
    assert _write(tmp_path / "a.hdf5", stored)[4:5][0, 0, 1, 2] == np.float32(stored[1, 2, 4])


def test_bytes_stay_bytes(tmp_path):
    lazy = _write(tmp_path / "a.hdf5", np.arange(42, dtype=np.uint8).reshape(HEIGHT, WIDTH, FRAMES))
    assert lazy[0:3].dtype == np.uint8


def test_nothing_is_read_before_it_is_sliced(tmp_path, stored):
    lazy = _write(tmp_path / "a.hdf5", stored)
    with h5py.File(lazy.path, "r+") as file:
        file["movie"][0, 0, 3] = 99
    assert lazy[3:4][0, 0, 0, 0] == 99


def test_copy_in_another_process_can_read(tmp_path, stored):
    lazy = _write(tmp_path / "a.hdf5", stored)
    assert np.array_equal(pickle.loads(pickle.dumps(lazy))[1:3], lazy[1:3])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_first_broken_frame_is_named(tmp_path, value):
    stored = np.zeros((HEIGHT, WIDTH, 600))
    stored[1, 0, [300, 400]] = value  # beyond the first chunk of the scan
    lazy = _write(tmp_path / "a.hdf5", stored)
    with pytest.raises(
        sysid.SysidError,
        match=r"a\.hdf5: movie: expected finite pixels, got NaN or infinity, first in frame 300$",
    ):
        lazy.check_finite()


def test_finite_frames_pass(tmp_path, stored):
    _write(tmp_path / "a.hdf5", stored).check_finite()


def test_text_is_no_hdf5_file(tmp_path):
    path = tmp_path / "a.hdf5"
    path.write_text("<html>not found</html>")
    with pytest.raises(sysid.SysidError, match=r"a\.hdf5: expected an HDF5 file, got .*signature not found"):
        LazyFrames(path, "movie", (1, 1, 1, 1), np.dtype(np.float32))[0:1]


def test_damaged_chunk_is_one_line(tmp_path):
    values = np.zeros((HEIGHT, WIDTH, 5000))
    lazy = _write(tmp_path / "a.hdf5", values, chunks=(HEIGHT, WIDTH, 5000), compression="gzip")
    content = bytearray(lazy.path.read_bytes())
    with h5py.File(lazy.path) as file:
        chunk = file["movie"].id.get_chunk_info(0)
    content[chunk.byte_offset : chunk.byte_offset + chunk.size] = b"x" * chunk.size
    lazy.path.write_bytes(content)
    with (
        pytest.raises(sysid.SysidError, match=r"a\.hdf5: expected an HDF5 file, got ") as caught,
        open_hdf5(lazy.path) as file,
    ):
        file["movie"][:]
    assert "\n" not in str(caught.value)
