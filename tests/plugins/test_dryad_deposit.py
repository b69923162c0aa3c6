"""The deposit as a folder or a zip."""

import zipfile

import pytest

from sysid import DataNotFoundError, SysidError, checksum
from sysid_datasets.dryad_deposit import open_deposit

FILES = {
    "README.txt": b"read me",
    "NeuralData/Spikes/Gratings.mat": b"spikes" * 50,
    "Stimuli/Gratings/grating001.raw": b"abcd",
    "Stimuli/Gratings/grating002.raw": b"efgh",
}


def write_folder(folder, prefix=""):
    for name, content in FILES.items():
        path = folder / (prefix + name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def write_zip(path, prefix="", extra=()):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in extra:
            archive.writestr(name, b"other")
        for name, content in FILES.items():
            archive.writestr(prefix + name, content)
    return path


@pytest.fixture(params=["folder", "folder_below", "zip", "zip_below"])
def path(request, tmp_path):
    prefix = "deposit/" if request.param.endswith("below") else ""
    if request.param.startswith("zip"):
        return write_zip(tmp_path / "dryad_4ch10.zip", prefix)
    return write_folder(tmp_path / "dryad_4ch10", prefix)


def test_files_are_read_by_their_names_in_the_deposit(path):
    deposit = open_deposit(path)
    names = deposit.names("Stimuli/Gratings", "grating")
    assert names == ("Stimuli/Gratings/grating001.raw", "Stimuli/Gratings/grating002.raw")
    assert list(deposit.read(names)) == [b"abcd", b"efgh"]


def test_the_deposit_is_found_in_the_data_folder(path, monkeypatch):
    monkeypatch.setenv("SYSID_DATA_DIR", str(path.parent))
    assert open_deposit(None) == open_deposit(path)


def test_an_unchanged_deposit_is_equal_and_a_changed_one_is_not(tmp_path):
    folder = write_folder(tmp_path / "deposit")
    before = open_deposit(folder)
    assert before == open_deposit(folder)
    (folder / "Stimuli/Gratings/grating002.raw").write_bytes(b"changed")
    assert before != open_deposit(folder)


def test_a_missing_deposit_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SYSID_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DataNotFoundError, match=r"dryad_4ch10: not found in .*sysid fetch dryad_4ch10"):
        open_deposit(None)


def test_a_zip_is_summed_up_whole_and_a_folder_by_file(tmp_path):
    zipped = write_zip(tmp_path / "a.zip")
    assert open_deposit(zipped).digests(["README.txt"]) == (("a.zip", checksum(zipped)),)
    folder = write_folder(tmp_path / "folder")
    name = "Stimuli/Gratings/grating001.raw"
    assert open_deposit(folder).digests([name]) == ((name, checksum(folder / name)),)


def test_the_second_tree_of_a_zip_made_on_a_mac_is_ignored(tmp_path):
    extra = ("__MACOSX/deposit/NeuralData/._Spikes",)
    deposit = open_deposit(write_zip(tmp_path / "a.zip", "deposit/", extra))
    assert deposit.prefix == "deposit/"


def test_a_zip_cut_short_is_one_line(tmp_path):
    path = write_zip(tmp_path / "a.zip")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SysidError, match=r"a.zip: expected a whole zip or a folder, got") as raised:
        open_deposit(path)
    assert "\n" not in str(raised.value)


def test_a_page_in_place_of_a_zip_is_one_line(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(b"<!doctype html>")
    with pytest.raises(SysidError, match=r"a.zip: expected a whole zip or a folder, got"):
        open_deposit(path)


def test_a_damaged_file_in_a_zip_is_named(tmp_path):
    path = write_zip(tmp_path / "a.zip")
    with zipfile.ZipFile(path) as archive:
        where = archive.getinfo("NeuralData/Spikes/Gratings.mat").header_offset + 30 + 30
    content = bytearray(path.read_bytes())
    content[where + 2] ^= 0xFF
    path.write_bytes(content)
    deposit = open_deposit(path)
    with pytest.raises(SysidError, match=r"Gratings.mat: expected a whole file in the zip, got a broken one"):
        list(deposit.read(["NeuralData/Spikes/Gratings.mat"]))


@pytest.mark.parametrize("zipped", [False, True])
def test_a_tree_without_the_deposit_is_an_error(tmp_path, zipped):
    if zipped:
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr("notes.txt", b"")
    path = tmp_path / "a.zip" if zipped else tmp_path
    with pytest.raises(SysidError, match="NeuralData and Stimuli, got neither"):
        open_deposit(path)


def test_a_missing_file_is_named_with_how_to_get_it(path):
    line = "Spikes/Movie1Exp2.mat: expected this file of the deposit, got none; .*sysid fetch dryad_4ch10"
    with pytest.raises(SysidError, match=line):
        open_deposit(path).require("NeuralData/Spikes/Movie1Exp2.mat")


def test_a_recording_that_a_copy_lacks_may_be_stood_in_for(path):
    with pytest.raises(DataNotFoundError, match=r"Movie1Exp2.mat: expected this file of the deposit"):
        open_deposit(path).require_recording("NeuralData/Spikes/Movie1Exp2.mat")


def test_frames_that_are_missing_are_named(tmp_path):
    folder = write_folder(tmp_path)
    (folder / "Stimuli/Gratings/grating001.raw").unlink()
    with pytest.raises(SysidError, match=r"Stimuli/Gratings: expected grating 1 to 2 .*none with number 1"):
        open_deposit(folder).names("Stimuli/Gratings", "grating")
    with pytest.raises(SysidError, match=r"Stimuli/Movie1: expected files frame1.raw and on, got none"):
        open_deposit(folder).names("Stimuli/Movie1", "frame")


def test_a_file_that_vanished_is_named(tmp_path):
    folder = write_folder(tmp_path)
    deposit = open_deposit(folder)
    (folder / "Stimuli/Gratings/grating001.raw").unlink()
    with pytest.raises(SysidError, match=r"grating001.raw: expected a readable file, got No such file"):
        list(deposit.read(["Stimuli/Gratings/grating001.raw"]))
    with pytest.raises(SysidError, match=r"grating001.raw: expected a readable file, got No such file"):
        deposit.digests(["Stimuli/Gratings/grating001.raw"])
