"""What the processes of one `torchrun` say to one another, beside the numbers of a training.

Words go through the store that `torchrun` keeps, one key for each, so that a process that fails in a training
leaves nobody with half a message. The first process leads: it calls the others to a training, and sends them
home.
"""

import functools
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch.distributed as dist

from sysid.errors import InterruptedTrainingError
from sysid.place import own_place

GLANCE_S = 0.05  # between two looks for a word that is waited for
REAPING_S = 2.0  # the most it takes until a killed process is gone


class Crew:
    """All processes, as one of them sees them.

    Attributes:
        place: of this one.
        processes: rank → host and process number, once `know` has asked for them.
        said: how many words the first process has for all others so far, or this one has heard.
        state_file: where the first process saves the training at hand, or the last one; None before any.
    """

    def __init__(self) -> None:
        self.place = own_place()
        store, _, _ = next(dist.rendezvous("env://"))
        self.store = dist.PrefixStore("sysid", store)
        self.processes: dict[int, dict[str, Any]] = {}
        self.said = 0
        self.state_file: Path | None = None
        self.tell(f"process/{self.place.rank}", {"host": socket.gethostname(), "number": os.getpid()})

    def tell(self, key: str, word: Any) -> None:
        """Leave a word, plain enough for JSON, for whoever asks."""
        self.store.set(key, json.dumps(word, default=str))

    def ask(self, key: str) -> Any:
        """Return the word that was left, None where there is none yet."""
        return json.loads(self.store.get(key)) if self.store.check([key]) else None

    def wait(self, key: str, give_up: Callable[[], None]) -> Any:
        """Return a word as soon as it is left; `give_up` is called between looks, and raises to end them."""
        while (word := self.ask(key)) is None:
            give_up()
            time.sleep(GLANCE_S)
        return word

    def know(self, give_up: Callable[[], None]) -> None:
        """Learn where all processes run."""
        for rank in range(self.place.count):
            self.processes[rank] = self.wait(f"process/{rank}", give_up)

    def lost(self, seconds: float = 0.0) -> list[int]:
        """Return the ranks of processes of this machine that ended; look for so long."""
        until = time.monotonic() + seconds
        here = [rank for rank, process in self.processes.items() if process["host"] == socket.gethostname()]
        while True:
            gone = [rank for rank in here if not is_alive(self.processes[rank]["number"])]
            if gone or time.monotonic() >= until:
                return gone
            time.sleep(GLANCE_S)

    def refuse_lost(self, seconds: float = 0.0) -> None:
        """Leave where a process has ended that others wait for.

        Raises:
            InterruptedTrainingError: the line names it.
        """
        if gone := self.lost(seconds):
            raise InterruptedTrainingError(
                f"{' and '.join(f'rank {rank}' for rank in gone)} of {self.place.count} processes ended, so "
                f"the others do; {self.remedy()}"
            )

    def remedy(self) -> str:
        """Say what the same command does after a process ended; its files are those of this machine."""
        if self.state_file is None:
            return "the same command goes on with what is left"
        if self.state_file.exists():
            return "the same command goes on from the last save"
        return "nothing of this training was saved yet, so the same command begins it anew"

    def refuse_to_be_left(self) -> None:
        """Leave where the first process, for which the others wait, has ended.

        Raises:
            InterruptedTrainingError: the line names it.
        """
        if 0 in self.lost():
            self.refuse_lost()


def is_alive(number: int) -> bool:
    """Say whether a process of this machine runs; one that is dead but not buried yet does not."""
    try:
        os.kill(number, 0)
        with open(f"/proc/{number}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's process, or a system without /proc
        return True


@functools.cache
def own_crew() -> Crew:
    """Return the processes that this one belongs to."""
    return Crew()
