"""When the state of a training is saved, and by whom."""

import time
from collections.abc import Callable
from pathlib import Path

import attrs

from sysid.checkpoint import Progress, TrainingState, save_state
from sysid.divergence import SMALLER_STEPS, broken, find_broken_weights


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
        known = file is not None and file.exists()
        self.kept: Progress | None = attrs.evolve(state.progress) if known else None

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
        self.refuse_broken_weights()
        self.on_save()
        self.state.progress.seconds = self.earlier_s + time.monotonic() - self.started
        save_state(self.file, self.state)
        self.kept = attrs.evolve(self.state.progress)
        self.saved = time.monotonic()

    def refuse_broken_weights(self) -> None:
        """Stop before weights that no further step can mend are kept: the last step's loss came before them.

        Raises:
            SysidError: a weight is NaN or infinite; the line names the tensor.
        """
        name = find_broken_weights(self.state.model)
        if name:
            epoch, step = self.state.progress.epoch, self.state.progress.step - 1
            what = f"{name} has weights that are NaN or infinite after epoch {epoch}, step {step}"
            raise broken(what, self.name_kept(), SMALLER_STEPS)

    def name_kept(self) -> str:
        """Say which are the last good weights, and where they lie."""
        if self.kept is None:
            return "no good weights had been saved"
        step = f", step {self.kept.step}" if self.kept.step else ""
        best = f"; best: epoch {self.kept.best_epoch}" if self.kept.best_epoch >= 0 else ""
        return f"the last good weights (before epoch {self.kept.epoch}{step}{best}) are in {self.file}"
