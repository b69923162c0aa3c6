"""A disk that fails at the k-th thing done to it: what writing is made of, counted and stopped.

Everything below one folder counts: opening to write, a write (before it, and with half of it done; of the
many that some files are made of the first, second, fourth, …), closing, bringing to the disk, renaming,
removing, making folders. Between two of these nothing on the disk changes, so a process stopped before each
of them has been stopped everywhere. What other threads write (TensorBoard's events) is not counted, as it
comes when it comes, but fails with the rest.
"""

import builtins
import contextlib
import errno
import io
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
from safetensors import SafetensorError

FULL, READ_ONLY, KILLED = "full", "read-only", "killed"
NAMES_LOST, BYTES_LOST = "names lost", "bytes lost"
"""What a power loss may take: names that were not brought to the disk with their folder, or bytes that were
not brought to the disk with their file, whatever became of its name."""

FAULTS = (KILLED, NAMES_LOST, BYTES_LOST, FULL, READ_ONLY)
NUMBERS = {FULL: errno.ENOSPC, READ_ONLY: errno.EROFS}


@attrs.define
class Change:
    """Something that a power loss may undo: a folder's entry, and how it is undone."""

    folder: Path
    undo: Callable[[], object]


class FaultyDisk:
    """Count what is done below a folder, and fail from the `at`-th of it on.

    Attributes:
        count: of what was done, from 1.
        failing: whether the fault has come.
    """

    def __init__(self, top: Path, fault: str, at: int):
        self.top = str(top.resolve())
        self.fault = fault
        self.at = at
        self.count = 0
        self.failing = False
        self.kept: dict[str, int] = {}  # file → how many of its bytes are on the disk
        self.changes: list[Change] = []
        self.spare = Path(f"{top.resolve()}.spare")
        self.real: dict[str, Any] = {}

    def holds(self, path: Any) -> bool:
        """Say whether a path lies on this disk."""
        return os.path.abspath(os.fsdecode(path)).startswith(self.top)

    def step(self, path: Any) -> None:
        """Do the next thing, unless this is where it ends."""
        if threading.current_thread() is threading.main_thread():
            self.count += 1
            if self.count == self.at:
                self.failing = True
                if self.fault not in NUMBERS:
                    self.die()
        self.refuse(path)

    def ends_next(self) -> bool:
        """Say whether the next step is where it ends, so that what is in a buffer is to be written out."""
        return self.count + 1 == self.at and threading.current_thread() is threading.main_thread()

    def refuse(self, path: Any) -> None:
        """Fail as the system does where a disk is full or read-only."""
        if self.failing and self.fault in NUMBERS:
            number = NUMBERS[self.fault]
            raise OSError(number, os.strerror(number), str(path))

    def die(self) -> None:
        """End this process as nothing can prevent, and let the disk have lost what it may lose."""
        if self.fault == NAMES_LOST:
            for change in reversed(self.changes):
                with contextlib.suppress(OSError):
                    change.undo()
        if self.fault in (NAMES_LOST, BYTES_LOST):
            for name, size in self.kept.items():
                with contextlib.suppress(OSError):
                    os.truncate(name, size)
        os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        """Stand between this process and its disk, until it ends."""
        for name in ("fsync", "replace", "rename", "unlink", "remove", "mkdir", "rmdir"):
            self.real[name] = getattr(os, name)
            setattr(os, name, getattr(self, name if name not in ("rename", "remove") else ALIASES[name]))
        self.real["open"] = builtins.open
        builtins.open = io.open = self.open
        from sysid import checkpoint  # its file is written by a library that is not Python

        self.real["save_file"] = checkpoint.save_file
        checkpoint.save_file = self.save_file

    def open(self, file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        """Open a file, and count where it is to be written to."""
        writes = not mode.startswith("r") or "+" in mode
        if isinstance(file, int) or not writes or not self.holds(file):
            return self.real["open"](file, mode, *arguments, **options)
        self.step(file)
        path = os.path.abspath(os.fsdecode(file))
        there = os.path.exists(path)
        opened = self.real["open"](file, mode, *arguments, **options)
        if not there:
            self.note(path, lambda: self.real["unlink"](path))
        size = os.path.getsize(path)
        self.kept[path] = 0 if not there or mode.startswith("w") else min(self.kept.get(path, size), size)
        return Watched(self, opened, path)

    def save_file(self, tensors: Any, path: Path, header: dict[str, str]) -> None:
        """Write a safetensors file as safetensors does: beside its place, and under a name of its own.

        A full disk is what safetensors says of it.
        """
        beside = Path(path).with_name(".tmpAbCdEf")
        name = os.path.abspath(path)
        try:
            self.step(path)
            self.real["save_file"](tensors, beside, header)
            content = beside.read_bytes()
            os.truncate(beside, len(content) // 2)
            self.step(path)
            beside.write_bytes(content)
            self.kept[name] = 0
            self.real["replace"](beside, path)
            self.note(name, lambda: self.real["unlink"](name))
        except OSError as error:
            beside.unlink(missing_ok=True)
            words = f"{error.strerror} (os error {error.errno})"
            raise SafetensorError(f"Error while serializing: I/O error: {words}") from error

    def fsync(self, descriptor: int) -> None:
        """Bring a file, or the names in a folder, to the disk."""
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if not self.holds(path):
            return self.real["fsync"](descriptor)
        self.step(path)
        if os.path.isdir(path):
            self.changes = [change for change in self.changes if change.folder != Path(path)]
        else:
            self.kept.pop(path, None)
        return None  # the real one only takes time

    def replace(self, source: Any, target: Any, **options: Any) -> None:
        """Rename a file or a folder over another."""
        if not self.holds(target):
            return self.real["replace"](source, target, **options)
        self.step(target)
        old, new = os.path.abspath(source), os.path.abspath(target)
        before = self.spare_of(new)
        self.real["replace"](source, target, **options)
        for name in [name for name in self.kept if name == old or name.startswith(f"{old}/")]:
            self.kept[new + name[len(old) :]] = self.kept.pop(name)

        def undo() -> None:
            self.real["replace"](new, old)
            if before is not None:
                self.real["replace"](before, new)

        return self.note(new, undo)

    def unlink(self, path: Any, *, dir_fd: int | None = None) -> None:
        """Remove a file."""
        name = _absolute(path, dir_fd)
        if not self.holds(name):
            return self.real["unlink"](path, dir_fd=dir_fd)
        self.step(name)
        before = self.spare_of(name)
        self.real["unlink"](path, dir_fd=dir_fd)
        self.kept.pop(name, None)
        return self.note(name, lambda: before is not None and self.real["replace"](before, name))

    def mkdir(self, path: Any, *arguments: Any, **options: Any) -> None:
        """Make a folder."""
        if not self.holds(path):
            return self.real["mkdir"](path, *arguments, **options)
        self.step(path)
        self.real["mkdir"](path, *arguments, **options)
        name = os.path.abspath(path)
        return self.note(name, lambda: self.real["rmdir"](name))

    def rmdir(self, path: Any, *, dir_fd: int | None = None) -> None:
        """Remove a folder."""
        name = _absolute(path, dir_fd)
        if not self.holds(name):
            return self.real["rmdir"](path, dir_fd=dir_fd)
        self.step(name)
        self.real["rmdir"](path, dir_fd=dir_fd)
        return self.note(name, lambda: self.real["mkdir"](name))

    def note(self, path: str, undo: Callable[[], object]) -> None:
        """Remember a change of a folder until it is on the disk."""
        self.changes.append(Change(Path(path).parent, undo))

    def spare_of(self, path: str) -> str | None:
        """Keep what a name stands for, should the change of it be undone."""
        if not os.path.isfile(path) or self.fault != NAMES_LOST:
            return None
        with contextlib.suppress(FileExistsError):
            self.real["mkdir"](self.spare)
        spare = f"{self.spare}/{len(self.changes)}-{self.count}"
        os.link(path, spare)
        return spare


ALIASES = {"rename": "replace", "remove": "unlink"}


def _absolute(path: Any, folder: int | None) -> str:
    """Return a path as it is from the root, where it may be relative to an opened folder."""
    return os.path.abspath(path) if folder is None else f"{os.readlink(f'/proc/self/fd/{folder}')}/{path}"


class Watched:
    """An open file, every write of which counts."""

    def __init__(self, disk: FaultyDisk, file: Any, path: str):
        self._disk = disk
        self._file = file
        self._path = path
        self._writes = 0

    def write(self, data: Any) -> Any:
        """Write; the first, second, fourth, … time in two halves, each of which counts."""
        self._writes += 1
        if self._writes & (self._writes - 1):
            self._disk.refuse(self._path)
            return self._file.write(data)
        self._disk.step(self._path)
        half = len(data) // 2
        self._file.write(data[:half])
        if self._disk.ends_next():
            self._file.flush()
        self._disk.step(self._path)
        self._file.write(data[half:])
        return len(data)

    def truncate(self, size: int | None = None) -> Any:
        """Cut back."""
        self._disk.step(self._path)
        return self._file.truncate(size)

    def close(self) -> None:
        """Close; of a disk that is full, some hear only now."""
        try:
            if not self._file.closed:
                self._disk.step(self._path)
        finally:
            self._file.close()

    def __enter__(self) -> "Watched":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __iter__(self) -> Any:
        return iter(self._file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
