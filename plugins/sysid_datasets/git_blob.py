"""Git blob ids: what a published repository says of a file's bytes."""

import functools
import hashlib
from pathlib import Path

CHUNK = 1 << 20  # bytes read at once


def git_blob_id(path: Path) -> str:
    """Return the SHA-1 of "blob <size>\\0" and the content; read once while it stays as it is."""
    status = path.stat()
    return _blob_id(str(path.resolve()), status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=100)
def _blob_id(path: str, size: int, _modified_ns: int) -> str:
    digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def note_unknown_blob(path: Path, published: str) -> tuple[str, ...]:
    """Return a line for the provenance if a file is not the published one, else nothing."""
    found = git_blob_id(path)
    if found == published:
        return ()
    return (f"{path.name} is not the released file: git blob {found}, released {published}",)
