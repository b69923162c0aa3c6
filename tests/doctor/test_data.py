"""Tests of sysid/doctor/data.py on data folders with few bytes in them."""

import hashlib
import zipfile

import pytest

from sysid.doctor import data
from sysid.doctor.data import examine_data, examine_deposit, examine_folders, examine_released
from sysid.download import Digest, RemoteFile


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty data folder."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    monkeypatch.setenv("SYSID_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def released(place, monkeypatch):
    """The data folder with the released files in it, which are two of a few bytes."""
    folder = place / "zheng2021_hdf5"
    folder.mkdir()
    for name in ("a.hdf5", "b.hdf5"):
        (folder / name).write_bytes(name.encode())
    files = tuple(
        RemoteFile(name, "", digest=Digest("sha1", hashlib.sha1(name.encode()).hexdigest()))
        for name in ("a.hdf5", "b.hdf5")
    )
    monkeypatch.setattr(data, "released_files", lambda: files)
    return folder


def test_a_machine_without_recordings_has_no_problem(place):
    remarks = list(examine_data(full=True))
    assert {remark.level for remark in remarks} == {"ok"}
    assert remarks[1].says == (
        "zheng2021_hdf5 is not here; recipes that name a stand-in use it (`sysid fetch zheng2021_hdf5`)"
    )


def test_the_places_that_are_looked_at_are_named(place):
    (remark,) = examine_folders()
    assert remark.says.startswith(f"recordings are looked for in {place} and ")


def test_a_data_folder_that_is_none_is_a_problem(place, monkeypatch):
    monkeypatch.setenv("SYSID_DATA_DIR", str(place / "gone"))
    remark, _ = examine_folders()
    assert (remark.level, remark.says) == (
        "problem", f"SYSID_DATA_DIR: expected a folder, got nothing at {place / 'gone'}",
    )  # fmt: skip
    (place / "gone").write_text("")
    assert "got a file at" in next(examine_folders()).says


def test_a_download_that_broke_off_is_a_note(place):
    (place / "dryad_4ch10.part").mkdir()
    _, remark = examine_folders()
    assert (remark.level, remark.says) == ("note", f"{place / 'dryad_4ch10.part'}: a download broke off")
    assert remark.remedy == "the same `sysid fetch` goes on with it"


def test_released_files_are_compared_with_their_digests(released):
    remark = examine_released(full=False)
    assert (remark.level, remark.says) == (
        "ok", f"zheng2021_hdf5: {released}, 2 files with the checksums of the release",
    )  # fmt: skip
    (released / "b.hdf5").write_bytes(b"other")
    remark = examine_released(full=False)
    assert remark.level == "problem"
    assert remark.says.startswith(
        f"zheng2021_hdf5: {released / 'b.hdf5'} is not the released file: expected sha1"
    )
    assert remark.remedy == "move it away, and `sysid fetch zheng2021_hdf5` again"


def test_a_missing_file_is_named(released):
    (released / "a.hdf5").unlink()
    assert examine_released(full=False).says == f"zheng2021_hdf5: {released} lacks a.hdf5"


def test_big_files_are_read_only_in_full(released, monkeypatch):
    monkeypatch.setattr(data, "BIG_BYTES", 3)
    (released / "b.hdf5").write_bytes(b"other")
    remark = examine_released(full=False)
    assert (remark.level, remark.says) == (
        "ok",
        f"zheng2021_hdf5: {released}; the checksum of a.hdf5, b.hdf5 was not taken (`--full` does)",
    )
    assert examine_released(full=True).level == "problem"


def test_the_deposit_needs_its_two_folders(place):
    deposit = place / "dryad_4ch10"
    (deposit / "below" / "NeuralData").mkdir(parents=True)
    assert examine_deposit(full=False).says == f"dryad_4ch10: {deposit} lacks a folder NeuralData or Stimuli"
    (deposit / "below" / "Stimuli").mkdir()
    remark = examine_deposit(full=False)
    assert (remark.level, remark.says) == ("ok", f"dryad_4ch10: {deposit}, with NeuralData and Stimuli")


def test_a_zip_of_the_deposit_is_read_to_its_end_in_full(place, monkeypatch):
    packed = place / "dryad_4ch10.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("NeuralData/a.raw", b"spikes" * 20)
    assert examine_deposit(full=False).says == f"dryad_4ch10: {packed}, every file in it has its checksum"
    content = packed.read_bytes()
    packed.write_bytes(content.replace(b"spikesspikes", b"spikesSPIKES", 1))
    assert examine_deposit(full=True).says == (
        f"dryad_4ch10: {packed} NeuralData/a.raw in it has another checksum than the zip says"
    )
    monkeypatch.setattr(data, "BIG_BYTES", 3)
    assert examine_deposit(full=False).says == (
        f"dryad_4ch10: {packed}; its 0.0 GiB were not read (`--full` does)"
    )
    packed.write_bytes(b"half")
    assert examine_deposit(full=False).says == f"dryad_4ch10: {packed} is no whole zip file"
