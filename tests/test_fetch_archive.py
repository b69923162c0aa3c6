"""A zip from elsewhere is unpacked below its folder, or refused in one line."""

import stat
import struct
import zipfile
from pathlib import PurePosixPath

import pytest

from sysid import SysidError, unpacked_size
from sysid.fetch_archive import unpack
from sysid.zip_file import BrokenArchiveError

REMEDY = r"if you trust it, set SYSID_UNPACKED_GIB=1$"


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "data.zip"


def pack(archive, **members):
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)


def as_it_is(member):
    return member


def test_members_go_where_they_are_told_with_progress(archive, tmp_path):
    pack(archive, **{"a/one.raw": b"1" * 10, "a/two.raw": b"2" * 30, "a/": b"", "skip.txt": b"no"})
    told = []
    places = {"one.raw": PurePosixPath("b/uno.raw"), "two.raw": PurePosixPath("two.raw"), "skip.txt": None}
    unpack(archive, tmp_path / "out", lambda member: places[member.name], lambda *words: told.append(words))
    found = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")}
    assert found == {"b/uno.raw", "two.raw"}
    assert (tmp_path / "out/two.raw").read_bytes() == b"2" * 30
    assert told == [(done, 42, "data.zip (unpacking)") for done in (10, 40, 42)]


@pytest.mark.parametrize(
    "name", ["../escape", "a/../../escape", "/escape", "C:/escape", "..\\escape", "C:escape"]
)
def test_a_name_that_leaves_the_folder_is_refused(archive, tmp_path, name):
    pack(archive, **{name: b"x"})
    with pytest.raises(SysidError) as caught:
        unpack(archive, tmp_path / "out", as_it_is)
    with zipfile.ZipFile(archive) as packed:
        stored = packed.namelist()[0]
    assert str(caught.value) == f"{archive}: expected names inside the folder, got {stored!r}"
    assert not list(tmp_path.rglob("*escape"))


def test_a_link_is_refused(archive, tmp_path):
    with zipfile.ZipFile(archive, "w") as packed:
        member = zipfile.ZipInfo("link")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(member, "/etc")
    with pytest.raises(SysidError, match=r"data\.zip: expected files, got the link 'link'$"):
        unpack(archive, tmp_path / "out", as_it_is)


def test_an_encrypted_member_is_refused(archive, tmp_path):
    pack(archive, secret=b"x")
    content = bytearray(archive.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1  # the flag in the directory of the zip
    archive.write_bytes(content)
    with pytest.raises(SysidError, match=r"expected a zip without password, got 'secret' encrypted$"):
        unpack(archive, tmp_path / "out", as_it_is)


def test_two_members_for_one_place_are_refused(archive, tmp_path):
    pack(archive, **{"a/x.raw": b"1", "b/x.raw": b"2"})
    with pytest.raises(SysidError, match=r"data\.zip: expected one file for x\.raw, got two$"):
        unpack(archive, tmp_path / "out", lambda member: PurePosixPath(member.name))
    assert (tmp_path / "out/x.raw").read_bytes() == b"1"


def test_too_many_bytes_are_refused_before_anything_is_written(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(unpacked_size, "LARGEST", 99)
    pack(archive, one=b"x" * 50, two=b"x" * 50)
    with pytest.raises(
        SysidError,
        match=r"data\.zip: expected at most 99 bytes unpacked, got 100; " + REMEDY,
    ):
        unpack(archive, tmp_path / "out", as_it_is)
    assert not (tmp_path / "out").exists()


def test_a_zip_that_swells_is_refused_only_when_it_is_large(archive, tmp_path, monkeypatch):
    pack(archive, grating=b"\0" * 1_000_000)
    times = 1_000_000 // archive.stat().st_size
    assert times > 100
    unpack(archive, tmp_path / "small", as_it_is)
    assert (tmp_path / "small/grating").stat().st_size == 1_000_000
    monkeypatch.setattr(unpacked_size, "HARMLESS", 999_999)
    with pytest.raises(
        SysidError,
        match=rf"expected to swell at most 100 times, got {times}; " + REMEDY,
    ):
        unpack(archive, tmp_path / "large", as_it_is)


def test_a_member_that_holds_more_than_it_says_is_broken(archive, tmp_path):
    pack(archive, bomb=b"\0" * 1_000_000)
    content = bytearray(archive.read_bytes())
    struct.pack_into("<I", content, content.rindex(b"PK\x01\x02") + 24, 10)  # its size in the directory
    archive.write_bytes(content)
    with pytest.raises(BrokenArchiveError, match="expected a whole zip file, got a broken one"):
        unpack(archive, tmp_path / "out", as_it_is)
    assert (tmp_path / "out/bomb").stat().st_size <= 10


@pytest.mark.parametrize("keep", [0, 100, -30])
def test_a_file_that_is_no_whole_zip_is_refused(archive, tmp_path, keep):
    pack(archive, one=bytes(range(256)) * 4)
    archive.write_bytes(archive.read_bytes()[:keep])
    with pytest.raises(BrokenArchiveError) as caught:
        unpack(archive, tmp_path / "out", as_it_is)
    assert str(caught.value).startswith(f"{archive}: expected a whole zip file, got a broken one (")
    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_one_line(archive, tmp_path):
    pack(archive, **{"a/one.raw": b"1"})
    (tmp_path / "out").touch()
    with pytest.raises(SysidError) as caught:
        unpack(archive, tmp_path / "out", as_it_is)
    assert str(caught.value) == f"{tmp_path / 'out/a/one.raw'}: cannot be written: Not a directory"
