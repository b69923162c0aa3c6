"""Where recordings lie on this machine, and the digests of their files."""

import functools
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from sysid.errors import DataNotFoundError

CHUNK = 1 << 20  # bytes read at once


def cache_folder() -> Path:
    """Return the user's cache folder for recordings, `$XDG_CACHE_HOME/sysid` or the platform's own."""
    import pooch  # slow to import, and only needed here

    return Path(pooch.os_cache("sysid"))


def find_data(names: tuple[str, ...], path: Path | None, how_to_get: str, *, fall_back: bool = False) -> Path:
    """Find a file or folder: at `path` if given, else by `names` in `$SYSID_DATA_DIR`, else in the cache.

    Args:
        names: file or folder names, in the order they are tried.
        path: what the recipe says; nothing else is tried then, unless `fall_back` says so.
        how_to_get: what to do where there is none, for the message.
        fall_back: whether a `path` that is not there is looked for in the two folders too, as it is written
            and by its name alone.

    Raises:
        DataNotFoundError: there is none; the line names the places that were tried.
    """
    tried = []
    if path is not None:
        if path.expanduser().exists():
            return path.expanduser()
        if not fall_back:
            raise DataNotFoundError(f"{path}: no such file or folder; {how_to_get}")
        names = tuple(dict.fromkeys((path.name,) if path.is_absolute() else (str(path), path.name)))
        tried = [path.expanduser().absolute().parent]
    folders = [Path(folder) for folder in (os.environ.get("SYSID_DATA_DIR"),) if folder] + [cache_folder()]
    for folder in folders:
        for name in names:
            if (folder / name).exists():
                return folder / name
    *others, last = dict.fromkeys(str(folder) for folder in tried + folders)
    places = f"{', '.join(others)} or {last}" if others else last
    raise DataNotFoundError(f"{names[0]}: not found in {places}; {how_to_get}")


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits; read once per process while it stays unchanged.

    Args:
        path: of the file.
    """
    status = path.stat()
    return _checksum(str(path.resolve()), status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=100_000)
def _checksum(path: str, _size: int, _modified_ns: int) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def combined_checksum(files: Iterable[tuple[str, str]]) -> str:
    """Return one digest over several files.

    Args:
        files: (name, digest) of each, in any order.
    """
    lines = sorted(f"{name}\0{digest}\n" for name, digest in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
