"""Open zip files that came from elsewhere."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sysid.errors import SysidError
from sysid.unpacked_size import check_unpacked


class BrokenArchiveError(SysidError):
    """A zip is not whole, or never was one; fetching it again may help."""


@contextmanager
def open_zip(path: Path, what: str = "a whole zip file") -> Iterator[zipfile.ZipFile]:
    """Open a zip file for reading, for the length of a `with` block, if what is in it has a sensible size.

    A member that says less than it holds is cut off there by zipfile, and then fails its CRC.

    Args:
        path: of the file.
        what: is expected, in words.

    Raises:
        SysidError: there is none, it is broken where it is read within the block, it swells without end,
            or something in it has a password.
    """
    try:
        size = path.stat().st_size
        file = path.open("rb")
    except OSError as error:
        raise SysidError(f"{path}: cannot be read: {error.strerror or error}") from error
    with file:
        try:
            with zipfile.ZipFile(file) as archive:
                check_unpacked(str(path), size, sum(each.file_size for each in archive.infolist()))
                yield archive
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
            raise BrokenArchiveError(f"{path}: expected {what}, got a broken one ({error})") from error
        except OSError as error:
            if error.filename is not None:  # another file than this one
                raise
            raise BrokenArchiveError(
                f"{path}: expected {what}, got a broken one ({error.strerror or error})"
            ) from error
