"""Find the Dryad deposit, a folder or a zip, and read its files by their names in the deposit."""

import functools
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from sysid import DataNotFoundError, SysidError, check_unpacked, checksum, find_data

TOP_FOLDERS = ("NeuralData", "Stimuli")
HOW_TO_GET = "get it with `sysid fetch dryad_4ch10`, or set `path` to the unpacked folder or the zip"
# RuntimeError is an encrypted member, NotImplementedError a compression that Python has not
BROKEN_MEMBER = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError),
    *(MemoryError, IndexError),
)
Member = tuple[str, int, int]  # name in the deposit, bytes, when it changed (a zip's: its CRC)


@attrs.frozen(cache_hash=True)
class Deposit:
    """Read one copy of the deposit; two are equal where nothing on disk has changed between them.

    Attributes:
        path: the folder or the zip.
        prefix: what stands before `NeuralData/` in it, "" or a folder with its slash.
        members: every file below `NeuralData` and `Stimuli`.
    """

    path: Path
    prefix: str
    members: tuple[Member, ...]

    def names(self, folder: str, stem: str) -> tuple[str, ...]:
        """Return the files `folder/stem<number>.raw` in the order of their numbers, which start at 1.

        Raises:
            SysidError: there are none, or a number is missing.
        """
        pattern = re.compile(rf"{re.escape(folder)}/{re.escape(stem)}(\d+)\.raw")
        matches = (pattern.fullmatch(name) for name, _, _ in self.members)
        by_number = {int(match[1]): match[0] for match in matches if match}
        if not by_number:
            raise SysidError(f"{self.path}: {folder}: expected files {stem}1.raw and on, got none")
        for number in range(1, max(by_number) + 1):
            if number not in by_number:
                raise SysidError(
                    f"{self.path}: {folder}: expected {stem} 1 to {max(by_number)} without a gap, "
                    f"got none with number {number}"
                )
        return tuple(by_number[number] for number in sorted(by_number) if number > 0)

    def require(self, name: str) -> str:
        """Return `name` if the deposit has it.

        Raises:
            SysidError: this copy lacks the file.
        """
        if not self._has(name):
            raise SysidError(self._miss(name))
        return name

    def require_recording(self, name: str) -> str:
        """Return `name`, a file of spike trains, if the deposit has it.

        Raises:
            DataNotFoundError: this copy lacks the file. It is then no broken copy but one of part of the
                deposit, and the recording is not on this machine, so that a stand-in may take its place.
        """
        if not self._has(name):
            raise DataNotFoundError(self._miss(name))
        return name

    def _has(self, name: str) -> bool:
        return any(name == member for member, _, _ in self.members)

    def _miss(self, name: str) -> str:
        return f"{self.path}: {name}: expected this file of the deposit, got none; {HOW_TO_GET}"

    def read(self, names: Iterable[str]) -> Iterator[bytes]:
        """Return the bytes of each file in turn.

        Raises:
            SysidError: a file cannot be read or is cut short; the line names it.
        """
        if self.path.is_dir():
            for name in names:
                yield _read_file(self.path / self.prefix / name)
            return
        with _open_zip(self.path) as archive:
            for name in names:
                yield _read_member(archive, self.path, name, self.prefix + name)

    def digests(self, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Return (name, SHA-256) of the zip, or of each named file of a folder."""
        if not self.path.is_dir():
            return ((self.path.name, checksum(self.path)),)
        return _digest_files(self, tuple(names))


def open_deposit(path: Path | None) -> Deposit:
    """Find the deposit and list its files, reading none of them.

    Raises:
        DataNotFoundError: it is not on this machine.
        SysidError: what was found is neither the deposit's folder nor its zip, or is cut short.
    """
    found = find_data(("dryad_4ch10", "dryad_4ch10.zip"), path, HOW_TO_GET)
    if found.is_dir():
        return _list_folder(found)
    status = found.stat()
    return _list_zip(found, status.st_size, status.st_mtime_ns)


def _list_folder(folder: Path) -> Deposit:
    below = sorted(child for child in folder.iterdir() if child.is_dir())
    for top in (folder, *below):
        if any((top / name).is_dir() for name in TOP_FOLDERS):
            members = tuple(sorted(_walk(top)))
            return Deposit(folder, "" if top == folder else f"{top.name}/", members)
    raise SysidError(f"{folder}: expected the deposit's folders NeuralData and Stimuli, got neither")


def _walk(top: Path) -> Iterator[Member]:
    waiting = [(top / name, name) for name in TOP_FOLDERS if (top / name).is_dir()]
    while waiting:
        folder, prefix = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                name = f"{prefix}/{entry.name}"
                if entry.is_dir():
                    waiting.append((Path(entry.path), name))
                else:
                    status = entry.stat()
                    yield name, status.st_size, status.st_mtime_ns


@functools.lru_cache(maxsize=4)
def _list_zip(path: Path, _size: int, _modified_ns: int) -> Deposit:
    with _open_zip(path) as archive:
        entries = [
            (info.filename, info.file_size, info.CRC)
            for info in archive.infolist()
            if not info.filename.endswith("/")
        ]
    pattern = re.compile(rf"((?:.*/)?)(?:{'|'.join(TOP_FOLDERS)})/.*")
    prefixes = {match[1] for name, _, _ in entries if (match := pattern.fullmatch(name))}
    if not prefixes:
        raise SysidError(f"{path}: expected a zip with the folders NeuralData and Stimuli, got neither")
    prefix = min(prefixes, key=len)  # a zip made on a Mac holds the tree again, below __MACOSX/
    members = [(name.removeprefix(prefix), *rest) for name, *rest in entries if name.startswith(prefix)]
    return Deposit(path, prefix, tuple(sorted(members)))


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise SysidError(
            f"{path}: expected a whole zip or a folder, got a file that is none or is cut short ({error})"
        ) from None
    except OSError as error:
        raise SysidError(f"{path}: expected a readable file, got {error.strerror}") from None


def _read_member(archive: zipfile.ZipFile, path: Path, name: str, stored: str) -> bytes:
    try:
        member = archive.getinfo(stored)
        check_unpacked(f"{path}: {name}", member.compress_size, member.file_size)
        return archive.read(member)
    except BROKEN_MEMBER as error:
        raise SysidError(
            f"{path}: {name}: expected a whole file in the zip, got a broken one ({error})"
        ) from None
    except OSError as error:
        raise SysidError(f"{path}: {name}: expected a readable file, got {error.strerror or error}") from None


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SysidError(f"{path}: expected a readable file, got {error.strerror}") from None


@functools.lru_cache(maxsize=8)  # to ask the disk for 1800 files again takes longer than all else
def _digest_files(deposit: Deposit, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    digests = []
    for name in names:
        path = deposit.path / deposit.prefix / name
        try:
            digests.append((name, checksum(path)))
        except OSError as error:
            raise SysidError(f"{path}: expected a readable file, got {error.strerror}") from None
    return tuple(digests)
