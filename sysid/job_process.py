"""One of the processes of `sysid run --jobs`, as the command that started it sees it."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from queue import SimpleQueue
from typing import Any, cast

from sysid.job_message import Message, Stream, read_message, write_message
from sysid.planned_run import PlannedRun

LAST_WORDS_S = 2.0  # how long output of a process that has ended may still arrive
COMMAND = (sys.executable, "-P", "-m", "sysid.job_worker")  # -P: no module of the working directory
PARTING_S = 10.0  # how long a process that has nothing to do may take to leave


class JobProcess:
    """Give orders to a process and hear what it says.

    It is in a session of its own, so that Ctrl-C reaches the command alone, which then asks it to stop; and
    it stops by itself when its input ends, which happens however the command ends.

    Attributes:
        events: where everything it says goes, with itself: messages, `{"printed": LINE}` for what it writes
            to standard error, and last `{"ended": EXIT_CODE}`.
        planned: the run that it is at; None where it has none.
    """

    def __init__(self, events: SimpleQueue[tuple[Any, Message]]):
        self.events = events
        self.planned: PlannedRun | None = None
        self.process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            start_new_session=True,
        )
        self.orders = cast(Stream, self.process.stdin)
        listeners = [
            self._start(self._hear_answers, self.process.stdout),
            self._start(self._hear_prints, self.process.stderr),
        ]
        self.ender = self._start(self._hear_end, listeners)

    def order(self, planned: PlannedRun, order: Message) -> None:
        """Have it carry out a run."""
        self.planned = planned
        self._send(order)

    def ask_to_stop(self) -> None:
        """Have it finish its step, save and leave."""
        self._send({"stop": True})

    def dismiss(self) -> None:
        """Tell it that there is nothing more to do."""
        with contextlib.suppress(OSError):
            self.orders.close()

    def part(self) -> None:
        """Wait until it has left; where it does not leave, end it."""
        self.dismiss()
        try:
            self.process.wait(PARTING_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self.ender.join()

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()

    def _send(self, message: Message) -> None:
        with contextlib.suppress(OSError, ValueError):  # it has ended, which is an event, or was dismissed
            write_message(self.orders, message)

    def _start(self, target: Any, *arguments: Any) -> threading.Thread:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        thread.start()
        return thread

    def _hear_answers(self, stream: Stream) -> None:
        with stream:
            for line in stream:
                if line.endswith(b"\n"):  # else it was killed within a word
                    self.events.put((self, read_message(line)))

    def _hear_prints(self, stream: Stream) -> None:
        with stream:
            for line in stream:
                self.events.put((self, {"printed": line.decode(errors="replace").rstrip()}))

    def _hear_end(self, listeners: list[threading.Thread]) -> None:
        code = self.process.wait()
        for listener in listeners:
            listener.join(LAST_WORDS_S)  # no longer: a child that it left behind may hold its output open
        self.events.put((self, {"ended": code}))


def environment() -> dict[str, str]:
    """Return an environment in which a process finds the packages that this one has."""
    paths = [path or os.getcwd() for path in sys.path]
    return {"OMP_WAIT_POLICY": "PASSIVE"} | os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


def explain_end(code: int) -> str:
    """Say how a process ended that should not have."""
    if code == -signal.SIGKILL:
        return "its process was killed (SIGKILL), as the system does where memory runs out"
    if code < 0:
        return f"its process was killed ({signal.Signals(-code).name})"
    return f"its process ended with exit code {code}"
