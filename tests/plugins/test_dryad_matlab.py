"""MATLAB 5 files that are whole, cut short, damaged, or something else."""

import io

import numpy as np
import pytest
import scipy.io

from sysid import SysidError
from sysid_datasets.dryad_deposit import open_deposit
from sysid_datasets.dryad_matlab import read_cells
from sysid_datasets.matlab_file import check_whole

NAME = "NeuralData/Spikes/Movie1Exp1.mat"
CELLS = np.empty((2, 3), dtype=object)
for index in range(6):
    CELLS.flat[index] = np.arange(1, index + 1, dtype=np.int32)[:, None]


def encode(variables, compressed=True) -> bytes:
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, variables, do_compression=compressed)
    return buffer.getvalue()


def deposit_of(folder, content: bytes):
    (folder / NAME).parent.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_bytes(content)
    return open_deposit(folder)


@pytest.mark.parametrize("compressed", [True, False])
def test_a_whole_file_gives_its_cells(tmp_path, compressed):
    content = encode({"n_trials": 3, "Spikes": CELLS}, compressed)
    cells = read_cells(deposit_of(tmp_path, content), NAME, "Spikes")
    assert cells.shape == (2, 3)
    np.testing.assert_array_equal(cells[1, 2].ravel(), [1, 2, 3, 4, 5])


@pytest.mark.parametrize("compressed", [True, False])
def test_a_file_cut_short_anywhere_is_one_line(tmp_path, compressed):
    content = encode({"Spikes": CELLS}, compressed)
    for length in range(len(content)):
        with pytest.raises(SysidError, match=r"Movie1Exp1\.mat: .*expected") as raised:
            read_cells(deposit_of(tmp_path, content[:length]), NAME, "Spikes")
        assert "\n" not in str(raised.value)


def test_a_damaged_compressed_element_is_found_before_it_is_parsed():
    content = encode({"Spikes": CELLS})
    for place in range(136, len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        with pytest.raises(
            SysidError, match=r"^here: expected a whole MATLAB 5 file, got one that is broken"
        ):
            check_whole(bytes(damaged), "here")


def test_the_missing_bytes_are_counted():
    content = encode({"Spikes": CELLS})
    with pytest.raises(SysidError, match=r"cut short .7 bytes are missing"):
        check_whole(content[:-7], "here")
    with pytest.raises(SysidError, match="it ends within the head of an element"):
        check_whole(content[:130], "here")


def test_a_file_of_matlab_7_3_is_named():
    with pytest.raises(SysidError, match=r"it is of MATLAB 7.3: save it with -v7\)$"):
        check_whole(b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM", "here")


@pytest.mark.parametrize("content", [b"", b"<!doctype html>" * 20])
def test_another_kind_of_file_is_named(content):
    with pytest.raises(SysidError, match=r"expected a whole MATLAB 5 file, .*no header of such a file"):
        check_whole(content, "here")


def test_a_damaged_head_of_a_variable_is_one_line(tmp_path):
    content = bytearray(encode({"Spikes": CELLS}, compressed=False))
    content[128] = 77  # the kind of the first element, which has no checksum
    with pytest.raises(
        SysidError, match=r"Movie1Exp1\.mat: expected a whole MATLAB 5 file, got one that is broken"
    ):
        read_cells(deposit_of(tmp_path, bytes(content)), NAME, "Spikes")


@pytest.mark.parametrize(
    ("variables", "got"),
    [
        ({"Trains": CELLS}, "none"),
        ({"Spikes": np.ones((2, 3))}, "another kind"),
        ({"Spikes": np.empty((0, 0), dtype=object)}, "another kind"),
    ],
)
def test_a_file_without_such_cells_is_named(tmp_path, variables, got):
    line = rf"Movie1Exp1\.mat: Spikes: expected a cell array, got {got}"
    with pytest.raises(SysidError, match=line):
        read_cells(deposit_of(tmp_path, encode(variables)), NAME, "Spikes")
