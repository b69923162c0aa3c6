"""One process at a time in a run folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sysid.errors import SysidError


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep every other process out of a folder; the system lets go when this one ends, however it ends.

    Raises:
        SysidError: another process holds it; the line names it.
    """
    if os.name != "posix":
        yield  # no such lock there
        return
    import fcntl  # posix alone has it

    with open(folder / ".lock", "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise SysidError(
                f"{folder}: process {file.read().strip() or '?'} is at work on this run"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
