"""Turn SIGINT and SIGTERM into a request to save and leave."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from sysid.errors import InterruptedTrainingError
from sysid.place import started_by_torchrun


class StopRequest:
    """Remember that somebody asked to stop."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self) -> bool:
        """Say whether to stop."""
        return self.asked


@contextmanager
def listen_for_stop() -> Iterator[StopRequest]:
    """Collect the first SIGINT or SIGTERM instead of dying from it; a second one is taken literally.

    Under `torchrun` it is not: that passes every signal on, so that a Ctrl-C comes twice, and kills by itself
    what has not left after 30 s.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request  # signals reach the main thread alone
        return

    def ask(number: int, _frame: FrameType | None) -> None:
        if request.asked and not started_by_torchrun():
            signal.signal(number, before[number])
            signal.raise_signal(number)
        request.asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def leave_if_asked(should_stop: StopRequest, between: str) -> None:
    """Leave between two `runs` or `analyses` where somebody asked to.

    Raises:
        InterruptedTrainingError: somebody did.
    """
    if should_stop():
        raise InterruptedTrainingError(f"interrupted between {between}; the same command goes on from here")
