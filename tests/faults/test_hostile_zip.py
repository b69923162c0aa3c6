"""What is in a zip or NPZ file from elsewhere stays in its folder, and does not swell without end."""

import stat
import zipfile
from collections.abc import Iterator

import numpy as np
import pytest

from sysid import SysidError, check_unpacked
from sysid.fetch_archive import unpack
from sysid.field_map import read_field_maps
from tests.faults.reader import READERS


def _members(*names: str, mode: int = 0) -> Iterator[zipfile.ZipInfo]:
    for name in names:
        member = zipfile.ZipInfo(name)
        member.external_attr = mode << 16
        yield member


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (_members("a/NUL.raw"), "expected names of files, got the device 'a/NUL.raw'"),
        (_members("com1"), "expected names of files, got the device 'com1'"),
        (_members("tty", mode=stat.S_IFCHR | 0o666), "expected files, got the device 'tty'"),
        (_members("pipe", mode=stat.S_IFIFO | 0o666), "expected files, got the device 'pipe'"),
        (_members("link", mode=stat.S_IFLNK | 0o777), "expected files, got the link 'link'"),
        (_members("..\\..\\x"), "expected names inside the folder"),
        (_members("/etc/x"), "expected names inside the folder"),
    ],
)
def test_a_zip_makes_files_in_its_folder_and_nothing_else(tmp_path, members, words):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for member in members:
            archive.writestr(member, "x")
    with pytest.raises(SysidError, match=words.replace("\\", ".")):
        unpack(tmp_path / "a.zip", tmp_path / "out", lambda member: member)
    assert not list((tmp_path / "out").rglob("*.*"))


@pytest.fixture
def bomb(tmp_path):
    """A zip of 0.3 MB that holds 300 MB."""
    with (
        zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a", "w") as member,
    ):
        for _ in range(300):
            member.write(bytes(1 << 20))
    return tmp_path / "a.zip"


def test_a_zip_that_swells_is_let_through_when_told(bomb, tmp_path, monkeypatch):
    with pytest.raises(
        SysidError, match=r"to swell at most 100 times, got \d+; if you trust it, set (\S+)$"
    ) as caught:
        unpack(bomb, tmp_path / "out", lambda member: member)
    name, _, value = str(caught.value).rpartition(" ")[2].partition("=")
    monkeypatch.setenv(name, value)
    unpack(bomb, tmp_path / "out", lambda member: member)
    assert (tmp_path / "out/a").stat().st_size == 300 << 20
    monkeypatch.setenv(name, "0.1")
    with pytest.raises(SysidError, match=rf"expected at most {name}=0.1 GiB unpacked, got 314572800 bytes$"):
        unpack(bomb, tmp_path / "other", lambda member: member)


@pytest.mark.parametrize("value", ["0", "-1", "x", "nan", "inf"])
def test_a_limit_that_is_none_is_refused(monkeypatch, value):
    monkeypatch.setenv("SYSID_UNPACKED_GIB", value)
    with pytest.raises(
        SysidError, match=rf'^SYSID_UNPACKED_GIB: expected a number of GiB above 0, got "{value}"$'
    ):
        check_unpacked("a", 1, 2)


def test_an_npz_that_swells_is_refused(tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w") as member,
    ):
        np.lib.format.write_array_header_1_0(
            member, {"descr": "|u1", "fortran_order": False, "shape": (300 << 20,)}
        )
        for _ in range(300):
            member.write(bytes(1 << 20))
    with pytest.raises(SysidError, match=r"a\.npz: expected to swell at most 100 times"):
        read_field_maps(tmp_path / "a.npz")


def test_an_archive_of_an_npz_with_a_password_is_refused(tmp_path):
    READERS["receptive fields"].make(tmp_path)
    content = bytearray((tmp_path / "fields.npz").read_bytes())
    for at in range(len(content) - 4):
        if content[at : at + 4] == b"PK\x01\x02":
            content[at + 8] |= 1
    (tmp_path / "fields.npz").write_bytes(content)
    with pytest.raises(SysidError, match=r"expected receptive fields as NPZ.*password|encrypted"):
        read_field_maps(tmp_path / "fields.npz")
