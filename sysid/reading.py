"""How whoever reads a long stimulus lets itself be watched, and stopped."""

import time
from collections.abc import Callable, Iterator

Watch = Callable[[int, int], None]  # hears how many frames have been read, and of how many; may raise to stop
FEW, MANY = 32, 1024  # frames read at once
SHORT_S = 0.25  # reading some frames takes so little that twice as many may be read next
SILENCE_S = 0.5  # that nobody minds


def unwatched(_read: int, _of: int) -> None:
    """Hear nothing."""


def paced(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of frames to read one after the other, short ones where frames are slow to come.

    How large a stored frame is, and how it is packed, nobody knows who only sees what is delivered.
    """
    step = FEW
    while start < stop:
        began = time.monotonic()
        end = min(start + step, stop)
        yield start, end
        start = end
        if time.monotonic() - began < SHORT_S:
            step = min(2 * step, MANY)


class SeldomWatch:
    """Pass on what is read from time to time, and nothing of what takes no time at all."""

    def __init__(self, watch: Watch):
        self.watch = watch
        self.told = time.monotonic()

    def __call__(self, read: int, of: int) -> None:
        """Hear how many frames have been read, and of how many."""
        if time.monotonic() - self.told > SILENCE_S:
            self.watch(read, of)
            self.told = time.monotonic()
