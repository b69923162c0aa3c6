"""One process at a time in a run folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sysid.errors import SysidError
from sysid.run_folder import RunFolder


@contextmanager
def hold(folder: RunFolder) -> Iterator[None]:
    """Keep every other process out of a run; the system lets go when this one ends, however it ends.

    The lock is on the folder itself and leaves no file; `run.json` names the process.

    Raises:
        SysidError: another process holds it.
    """
    if os.name != "posix":
        yield  # no such lock there
        return
    import fcntl  # posix alone has it

    descriptor = os.open(folder.path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            process = folder.information().get("process", "another")
            raise SysidError(f"{folder.path}: process {process} is at work on this run") from None
        folder.update(process=os.getpid())
        yield
    finally:
        os.close(descriptor)
