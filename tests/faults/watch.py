"""Refuse what reading a file must never do: run a program, unpickle, write elsewhere, leave the machine."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "pty.spawn")
CODE = ("pickle.find_class", "ctypes.dlopen")
NETWORK = ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request")
HERE = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "", None)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class ForbiddenError(BaseException):
    """Something was done that reading a file must never do; no `except Exception` hides it."""


def leaves_machine(event: str, arguments: tuple[Any, ...]) -> bool:
    """Say whether an audit event is a socket on its way to another machine."""
    if event not in NETWORK:
        return False
    address = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
    host = address[0] if isinstance(address, tuple) else address
    is_path = event in ("socket.connect", "socket.sendto") and isinstance(address, str | bytes)  # AF_UNIX
    return not is_path and (host.decode() if isinstance(host, bytes) else host) not in HERE


def forbid(folders: Iterable[Path]) -> None:
    """Let every program, unpickled name and file that is opened for writing outside `folders` be an error.

    It holds until the process ends: an audit hook cannot be taken away.
    """
    allowed = (*(str(folder.resolve()) for folder in folders), os.devnull)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in PROGRAMS or event in CODE or leaves_machine(event, arguments):
            raise ForbiddenError(f"{event}: {arguments!r:.200}")
        if event == "open" and isinstance(arguments[0], str | bytes) and (arguments[2] or 0) & WRITING:
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if not path.startswith(allowed):
                raise ForbiddenError(f"{path} was opened for writing")
        if event in ("os.rename", "os.symlink", "os.link", "os.mkdir", "os.remove", "os.rmdir"):
            path = os.path.realpath(os.fsdecode(arguments[1 if event in ("os.rename", "os.link") else 0]))
            if not path.startswith(allowed):
                raise ForbiddenError(f"{event}: {path}")

    sys.addaudithook(watch)
