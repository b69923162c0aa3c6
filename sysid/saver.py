"""When the state of a training is saved, and by whom."""

import time
from collections.abc import Callable
from pathlib import Path

from sysid.checkpoint import TrainingState, save_state
from sysid.divergence import refuse_broken_weights


class Saver:
    """Save a training's state to a file, from time to time; without a file, keep nothing.

    What `on_save` does is done before: the state counts on it.
    """

    def __init__(self, file: Path | None, state: TrainingState, every_s: float, on_save: Callable[[], None]):
        self.file = file
        self.state = state
        self.every_s = every_s
        self.on_save = on_save
        self.started = self.saved = time.monotonic()
        self.earlier_s = state.progress.seconds

    def due(self) -> bool:
        """Say whether the last save is long ago."""
        return time.monotonic() - self.saved > self.every_s

    def save(self) -> None:
        """Save now.

        Raises:
            SysidError: a weight is not finite.
        """
        if self.file is None:
            return
        refuse_broken_weights(self.state)
        self.on_save()
        self.state.progress.seconds = self.earlier_s + time.monotonic() - self.started
        save_state(self.file, self.state)
        self.saved = time.monotonic()
