"""One download that goes on where it stopped and is checked before it counts.

pooch's own downloader starts over after every break and takes a 202 for data, so this one asks for the rest.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from sysid.data_folder import CHUNK
from sysid.disk_trouble import disk_trouble
from sysid.fetch_request import FetchFailedError, open_url

if TYPE_CHECKING:
    import requests

PIECE = 1 << 16  # bytes written at once; what a break can lose
TRIES = 3
PAUSE_S = 1.0  # before the second try; twice as long before the third
DIGEST_KINDS = ("git-blob", "md5", "sha1", "sha256", "sha384", "sha512")

Progress = Callable[[int, int | None, str], None]
"""Hears of bytes done, bytes in total (None = not known) and the file's name."""


def ignore_progress(_done: int, _total: int | None, _name: str) -> None:
    """Hear of progress and do nothing."""


@attrs.frozen
class Digest:
    """A checksum and how it was made: one of `DIGEST_KINDS` and hexadecimal digits."""

    kind: str = attrs.field(validator=attrs.validators.in_(DIGEST_KINDS))
    value: str = attrs.field(converter=str.lower)


@attrs.frozen
class RemoteFile:
    """A file somewhere else and what is known of it beforehand: its size, its digest, or both.

    Attributes:
        name: what it is called here.
        url: where it is.
        size: in bytes; None = not known.
        digest: None = not known.
        needs_token: whether its server is to be shown the token.
    """

    name: str
    url: str
    size: int | None = None
    digest: Digest | None = None
    needs_token: bool = False

    def __attrs_post_init__(self) -> None:
        if self.size is None and self.digest is None:
            raise ValueError(f"{self.name}: a download that cannot be checked")


def download(
    file: RemoteFile,
    folder: Path,
    *,
    token: str = "",
    progress: Progress = ignore_progress,
    pause_s: float = PAUSE_S,
) -> Path:
    """Bring a file into a folder, whole and checked or not at all, and return its path.

    What has come so far stays in `<name>.part`, also after an interruption, and the next call goes on from
    there. A file that is there with the right size and digest is not fetched again.

    Raises:
        FetchFailedError: the server does not give the file, or gives another one.
        SysidError: the folder cannot be written to, or the disk is full.
    """
    target, part = folder / file.name, folder / f"{file.name}.part"
    with disk_trouble(part):
        if target.exists() and not mismatch(target, file):
            return target
        with _folder(folder):
            _complete(part, file, token if file.needs_token else "", progress, pause_s)
            with open(part, "rb+") as whole:
                os.fsync(whole.fileno())
            os.replace(part, target)
    return target


def mismatch(path: Path, file: RemoteFile) -> str:
    """Say how a file on the disk differs from what it should be; nothing where it does not."""
    size = path.stat().st_size
    if file.size is not None and size != file.size:
        return f"expected {file.size} bytes, got {size}"
    if file.digest is None:
        return ""
    found = digest_of(path, file.digest.kind)
    if found != file.digest.value:
        return f"expected {file.digest.kind} {file.digest.value}, got {found} ({size} bytes)"
    return ""


def digest_of(path: Path, kind: str) -> str:
    """Return a file's digest as hexadecimal digits; `kind` is one of `DIGEST_KINDS`.

    A git blob id is the SHA-1 of "blob <size>", a zero byte and the content.
    """
    if kind == "git-blob":
        digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    else:
        digest = hashlib.new(kind, usedforsecurity=False)
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Make a folder, and take away again what was made of it and those above where nothing came into it."""
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with suppress(OSError):  # the first that holds something
            for each in made:
                each.rmdir()


def _complete(part: Path, file: RemoteFile, token: str, progress: Progress, pause_s: float) -> None:
    """Fill `part` until it is right; what an earlier call left is given up once if it turns out wrong."""
    while True:
        resumed = part.exists()
        if not resumed or mismatch(part, file):
            _receive(part, file, token, progress, pause_s)
        problem = mismatch(part, file)
        if not problem:
            return
        part.unlink()
        if not resumed:
            raise FetchFailedError(f"{file.url}: {problem}")


def _receive(part: Path, file: RemoteFile, token: str, progress: Progress, pause_s: float) -> None:
    for attempt in range(TRIES):
        try:
            return _receive_once(part, file, token, progress)
        except FetchFailedError as error:
            if not error.passing:
                raise
            if attempt == TRIES - 1:
                kept = (
                    f"; {part.stat().st_size} bytes are kept, the next try goes on" if part.exists() else ""
                )
                raise FetchFailedError(
                    f"{error}, {TRIES} times in a row{kept}", status=error.status
                ) from error
            time.sleep(pause_s * 2**attempt)


def _receive_once(part: Path, file: RemoteFile, token: str, progress: Progress) -> None:
    start = part.stat().st_size if part.exists() else 0
    if file.size is not None and start >= file.size:
        return  # nothing to ask for; whether it is right is seen by its digest
    with open_url(file.url, token=token, start=start) as answer:
        if answer.status_code == 416:
            return  # the server has no more than we have; same as above
        if answer.status_code == 200:
            start = 0  # it does not continue, it begins again
        elif not answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            raise FetchFailedError(
                f"{file.url}: expected the bytes from {start} on, got {answer.headers.get('Content-Range')}"
            )
        total = file.size if file.size is not None else _whole_size(answer, start)
        pieces = answer.iter_content(PIECE)
        first = next(pieces, b"")
        if first[:1024].lstrip().lower().startswith((b"<!doctype html", b"<html")):
            raise FetchFailedError(
                f"{file.url}: expected data, got an HTML page (a bot challenge or a sign-in)"
            )
        with open(part, "ab" if start else "wb") as out:
            done = start
            while first:
                done += out.write(first)
                progress(done, total, file.name)
                if file.size is not None and done > file.size:
                    return  # more than there should be: no need to see the rest
                first = next(pieces, b"")
    if total is not None and done < total:
        raise FetchFailedError(f"{file.url}: cut short at {done} of {total} bytes", passing=True)


def _whole_size(answer: "requests.Response", start: int) -> int | None:
    length = answer.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() and "Content-Encoding" not in answer.headers else None
