"""Refuse sockets that leave this machine, in every Python that starts with this folder on its path."""

import os
import sys

from tests.faults.watch import leaves_machine


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if leaves_machine(event, arguments):
        with open(
            os.environ["OFFLINE_LOG"], "a", encoding="utf-8"
        ) as log:  # also what is caught leaves a trace
            log.write(f"{event}: {arguments!r}\n")
        raise OSError(f"{event}: refused by the test")


sys.addaudithook(_refuse)
