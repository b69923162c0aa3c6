"""Where recordings lie, which of those that sysid can fetch are there, and whether their bytes are right."""

import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from sysid.byte_count import write_gib
from sysid.data_folder import cache_folder, find_data
from sysid.doctor.remark import Remark
from sysid.download import mismatch
from sysid.errors import DataNotFoundError
from sysid.fetch import PARTS
from sysid.fetch_source import DEPOSIT, RELEASED, released_files

BIG_BYTES = 256 << 20  # a checksum of this takes about a second


def examine_data(*, full: bool) -> Iterator[Remark]:
    """Yield remarks on data folders and on the recordings in them.

    `full` reads all of every recording; else checksums are taken of files below 256 MiB.
    """
    yield from examine_folders()
    yield examine_released(full=full)
    yield examine_deposit(full=full)


def examine_folders() -> Iterator[Remark]:
    """Yield remarks on the folders where recordings are looked for."""
    named, cache = os.environ.get("SYSID_DATA_DIR"), cache_folder()
    if named and not Path(named).is_dir():
        made = "a file" if Path(named).exists() else "nothing"
        yield Remark(
            "problem",
            f"SYSID_DATA_DIR: expected a folder, got {made} at {named}",
            "make the folder, or set SYSID_DATA_DIR to the one that holds the recordings",
        )
    elif named and not os.access(named, os.R_OK | os.X_OK):
        yield Remark("problem", f"SYSID_DATA_DIR: {named} cannot be read", "change its permissions")
    places = " and ".join(str(each) for each in (named, cache) if each)
    yield Remark("ok", f"recordings are looked for in {places}")
    for folder in (Path(named) if named else None, cache):
        for part in sorted(folder.glob("*.part")) if folder is not None and folder.is_dir() else ():
            yield Remark("note", f"{part}: a download broke off", "the same `sysid fetch` goes on with it")


def examine_released(*, full: bool) -> Remark:
    """Compare the files that were released with Zheng et al. 2021 with their published digests."""
    try:
        folder = find_data((RELEASED,), None, "")
    except DataNotFoundError:
        return _absent(RELEASED)
    files = [(folder / each.name, each) for each in released_files()]
    missing = [path.name for path, _ in files if not path.is_file()]
    if missing:
        return _broken(RELEASED, folder, f"lacks {', '.join(missing)}")
    unread = []
    for path, file in files:
        if path.stat().st_size > BIG_BYTES and not full:
            unread.append(path.name)
        elif wrong := mismatch(path, file):
            return _broken(RELEASED, path, f"is not the released file: {wrong}")
    if unread:
        return _unread(RELEASED, folder, f"the checksum of {', '.join(unread)} was not taken")
    return Remark("ok", f"{RELEASED}: {folder}, {len(files)} files with the checksums of the release")


def examine_deposit(*, full: bool) -> Remark:
    """Look whether the deposit of Onken et al. 2016 is there and whole; no checksums of it are published."""
    try:
        found = find_data((DEPOSIT, f"{DEPOSIT}.zip"), None, "")
    except DataNotFoundError:
        return _absent(DEPOSIT)
    if found.is_dir():
        tops = (found, *sorted(each for each in found.iterdir() if each.is_dir()))
        if not any(all((top / part).is_dir() for part in PARTS) for top in tops):
            return _broken(DEPOSIT, found, f"lacks a folder {' or '.join(PARTS)}")
        return Remark("ok", f"{DEPOSIT}: {found}, with {' and '.join(PARTS)}")
    if not zipfile.is_zipfile(found):
        return _broken(DEPOSIT, found, "is no whole zip file")
    if found.stat().st_size > BIG_BYTES and not full:
        return _unread(DEPOSIT, found, f"its {write_gib(found.stat().st_size)} were not read")
    try:
        with zipfile.ZipFile(found) as archive:
            broken = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        return _broken(DEPOSIT, found, f"cannot be read: {error}")
    if broken is not None:
        return _broken(DEPOSIT, found, f"{broken} in it has another checksum than the zip says")
    return Remark("ok", f"{DEPOSIT}: {found}, every file in it has its checksum")


def _absent(name: str) -> Remark:
    return Remark("ok", f"{name} is not here; recipes that name a stand-in use it (`sysid fetch {name}`)")


def _unread(name: str, place: Path, why: str) -> Remark:
    return Remark("ok", f"{name}: {place}; {why} (`--full` does)")


def _broken(name: str, place: Path, what: str) -> Remark:
    return Remark("problem", f"{name}: {place} {what}", f"move it away, and `sysid fetch {name}` again")
