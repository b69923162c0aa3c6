"""A disk that takes nothing more, in one line that says what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sysid.errors import SysidError

FULL = (errno.ENOSPC, errno.EDQUOT)
REMEDIES = {
    **dict.fromkeys(FULL, "make room there"),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "make it writable"),
}
"""What to do, by what the system said."""

TAKES_NOTHING = (*FULL, errno.EROFS)
"""What the system says where nothing at all can be written."""


@contextmanager
def disk_trouble(path: Path) -> Iterator[None]:
    """Turn what the disk has to say into one line about `path`.

    Raises:
        SysidError: the operating system refused to read or write.
    """
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> SysidError:
    """Return what is said of a file or folder that cannot be written, and what to do where that is known."""
    remedy = REMEDIES.get(error.errno or 0)
    advice = f"; {remedy} and run the same command again" if remedy else ""
    return SysidError(f"{path}: cannot be written: {error.strerror or error}{advice}")
