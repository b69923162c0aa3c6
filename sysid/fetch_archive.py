"""Unpack a zip that came from elsewhere: nothing leaves the folder, and nothing swells without end."""

import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from sysid.data_folder import CHUNK
from sysid.disk_trouble import disk_trouble
from sysid.download import Progress, ignore_progress
from sysid.errors import SysidError

LARGEST = 8 << 30  # bytes unpacked; the deposit of Onken et al. 2016 is 0.5 GB
HARMLESS = 256 << 20  # up to this many bytes a zip may shrink as far as it can: gratings shrink 1000 times
LARGEST_RATIO = 100  # unpacked to packed, beyond that

Place = Callable[[PurePosixPath], PurePosixPath | None]
"""Says where a member goes, relative to the folder; None = leave it out."""


class BrokenArchiveError(SysidError):
    """A zip is not whole, or never was one; fetching it again may help."""


def unpack(archive: Path, folder: Path, place: Place, progress: Progress = ignore_progress) -> None:
    """Unpack a zip below `folder`, each member where `place` says, and bring it to the disk.

    Raises:
        BrokenArchiveError: not a zip, or not a whole one.
        SysidError: encrypted, a name that leaves the folder, a link, two members
            for one place, too many bytes; or the disk refuses. What was unpacked before is left there.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [member for member in packed.infolist() if not member.is_dir()]
            total = _check_size(archive, members)
            done = 0
            for member in members:
                goal = place(_safe_path(archive, member))
                if goal is not None:
                    with packed.open(member) as source:
                        _write(source, folder / goal, archive)
                done += member.file_size
                progress(done, total, f"{archive.name} (unpacking)")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BrokenArchiveError(
            f"{archive}: expected a whole zip file, got a broken one ({error})"
        ) from error


def _write(source: zipfile.ZipExtFile, goal: Path, archive: Path) -> None:
    with disk_trouble(goal):
        goal.parent.mkdir(parents=True, exist_ok=True)
        if goal.exists():
            raise SysidError(f"{archive}: expected one file for {goal.name}, got two")
        with open(goal, "xb") as out:
            shutil.copyfileobj(source, out, CHUNK)
            out.flush()
            os.fsync(out.fileno())


def _check_size(archive: Path, members: list[zipfile.ZipInfo]) -> int:
    # A member that says less than it holds is cut off there by zipfile, and then fails its CRC.
    total, packed = sum(member.file_size for member in members), max(archive.stat().st_size, 1)
    if total > LARGEST:
        raise SysidError(f"{archive}: expected at most {LARGEST} bytes unpacked, got {total}")
    if total > HARMLESS and total > LARGEST_RATIO * packed:
        raise SysidError(
            f"{archive}: expected to swell at most {LARGEST_RATIO} times, got {total // packed} times"
        )
    return total


def _safe_path(archive: Path, member: zipfile.ZipInfo) -> PurePosixPath:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or not path.parts or ".." in path.parts or ":" in path.parts[0]:
        raise SysidError(f"{archive}: expected names inside the folder, got {member.filename!r}")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise SysidError(f"{archive}: expected files, got the link {member.filename!r}")
    if member.flag_bits & 1:
        raise SysidError(f"{archive}: expected a zip without password, got {member.filename!r} encrypted")
    return path
