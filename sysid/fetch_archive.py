"""Unpack a zip that came from elsewhere: nothing leaves the folder, and nothing swells without end."""

import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from sysid.data_folder import CHUNK
from sysid.disk_trouble import disk_trouble
from sysid.download import Progress, ignore_progress
from sysid.errors import SysidError
from sysid.zip_file import open_zip

# what Windows takes for a device in any folder, with whatever ending
DEVICES = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10)),
}

Place = Callable[[PurePosixPath], PurePosixPath | None]
"""Says where a member goes, relative to the folder; None = leave it out."""


def unpack(archive: Path, folder: Path, place: Place, progress: Progress = ignore_progress) -> None:
    """Unpack a zip below `folder`, each member where `place` says, and bring it to the disk.

    Raises:
        BrokenArchiveError: not a zip, or not a whole one.
        SysidError: encrypted, a name that leaves the folder, a link, two members
            for one place, too many bytes; or the disk refuses. What was unpacked before is left there.
    """
    with open_zip(archive) as packed:
        members = [member for member in packed.infolist() if not member.filename.endswith("/")]
        done, total = 0, sum(member.file_size for member in members)
        for member in members:
            goal = place(_safe_path(archive, member))
            if goal is not None:
                with packed.open(member) as source:
                    _write(source, folder / goal, archive)
            done += member.file_size
            progress(done, total, f"{archive.name} (unpacking)")


def _write(source: zipfile.ZipExtFile, goal: Path, archive: Path) -> None:
    with disk_trouble(goal):
        goal.parent.mkdir(parents=True, exist_ok=True)
        if goal.exists():
            raise SysidError(f"{archive}: expected one file for {goal.name}, got two")
        with open(goal, "xb") as out:
            shutil.copyfileobj(source, out, CHUNK)
            out.flush()
            os.fsync(out.fileno())


def _safe_path(archive: Path, member: zipfile.ZipInfo) -> PurePosixPath:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or not path.parts or ".." in path.parts or ":" in path.parts[0]:
        raise SysidError(f"{archive}: expected names inside the folder, got {member.filename!r}")
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        what = "link" if stat.S_ISLNK(mode) else "device"
        raise SysidError(f"{archive}: expected files, got the {what} {member.filename!r}")
    if DEVICES & {part.partition(".")[0].strip().upper() for part in path.parts}:
        raise SysidError(f"{archive}: expected names of files, got the device {member.filename!r}")
    if member.flag_bits & 1:
        raise SysidError(f"{archive}: expected a zip without password, got {member.filename!r} encrypted")
    return path
