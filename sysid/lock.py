"""One process at a time in a run folder."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sysid.errors import SysidError
from sysid.run_folder import RunFolder

HOLDER = "process"  # entry of `run.json`


@contextmanager
def hold(folder: RunFolder) -> Iterator[None]:
    """Keep every other process out of a run; the system lets go when this one ends, however it ends.

    The lock is on the folder itself and leaves no file; `run.json` names the process.

    Raises:
        SysidError: another process holds it.
    """
    with lock(folder.path) as ours:
        if not ours:
            raise SysidError(f"{folder.path}: {tell_holder(folder.information().get(HOLDER))}")
        folder.update(**{HOLDER: describe_self()})
        yield


@contextmanager
def lock(folder: Path) -> Iterator[bool]:
    """Lock a folder, if no other process has, and yield whether it is ours now.

    Where there are no such locks (on Windows, and on some file systems of clusters) every folder is ours.
    """
    if os.name != "posix":
        yield True
        return
    import fcntl  # posix alone has it

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        ours = True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            ours = False
        except OSError:  # the file system has no locks
            pass
        yield ours
    finally:
        os.close(descriptor)


def describe_self() -> dict[str, Any]:
    """Return what `run.json` says of the process that is at work on a run."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": platform.node(), "since": since}


def tell_holder(process: Any) -> str:
    """Say who is at work on a run, and what to do; `process` is what `run.json` says of it."""
    if not isinstance(process, dict):  # the run is so new that it does not say yet
        return "another process is at work on this run; wait for it"
    return (
        f"process {process['pid']} on {process['host']} is at work on this run since {process['since']}; "
        "wait for it, or end it"
    )
