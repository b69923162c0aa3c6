"""The logs of one training: `metrics.jsonl` and TensorBoard events, cut back on resume."""

import json
import os
import shutil
import warnings
from pathlib import Path
from typing import Any

import attrs

from sysid.atomic import without_nan
from sysid.checkpoint import Progress
from sysid.disk_trouble import disk_trouble
from sysid.run_folder import RunFolder
from sysid.training import Epoch


class TrainingLog:
    """Append one line per epoch, and the same numbers as TensorBoard scalars."""

    def __init__(self, folder: RunFolder):
        self.folder = folder
        self._writer: Any = None

    def cut_back(self, progress: Progress) -> None:
        """Forget what was logged after the checkpoint that training goes on from."""
        file = self.folder.log_file
        with disk_trouble(file):
            if file.exists():
                with open(file, "rb+") as log:
                    log.truncate(min(progress.log_bytes, file.stat().st_size))  # else NUL bytes fill it up
        if progress.epoch == 0:
            shutil.rmtree(self.folder.events_folder, ignore_errors=True)
        with disk_trouble(self.folder.events_folder):
            self._writer = _writer(self.folder.events_folder, purge_step=progress.epoch)

    def epoch(self, epoch: Epoch) -> int:
        """Log one epoch and return the length of the log in bytes."""
        line = json.dumps(without_nan(attrs.asdict(epoch)))
        file = self.folder.log_file
        with disk_trouble(file), open(file, "a", encoding="utf-8") as log:
            log.write(line + "\n")
            length = log.tell()
        scalars = {
            "loss/training": epoch.training_loss,
            "loss/validation": epoch.validation_loss,
            "correlation/validation": epoch.validation_correlation,
            "learning_rate": epoch.learning_rate,
        }
        with disk_trouble(self.folder.events_folder):
            for name, value in scalars.items():
                if value == value:
                    self._writer.add_scalar(name, value, epoch.epoch)
        return length

    def bring_to_disk(self) -> None:
        """Make what was logged survive a power loss, before a state is saved that counts on it."""
        file = self.folder.log_file
        with disk_trouble(file):
            if file.exists():
                with open(file, "rb+") as log:
                    os.fsync(log.fileno())
        with disk_trouble(self.folder.events_folder):
            if self._writer is not None:
                self._writer.flush()

    def figure(self, name: str, figure: Any, step: int) -> None:
        """Add a matplotlib figure, and close it."""
        from sysid.drawing import make_literal, quiet_glyphs  # matplotlib is slow to import

        with disk_trouble(self.folder.events_folder):
            if self._writer is None:
                self._writer = _writer(self.folder.events_folder, purge_step=None)
            make_literal(figure)
            with quiet_glyphs():
                self._writer.add_figure(name, figure, step)

    def close(self) -> None:
        """Bring the events to disk."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with disk_trouble(self.folder.events_folder):
                writer.close()


def _writer(folder: Path, purge_step: int | None) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # tensorboard's own imports, not ours to mend
        from torch.utils.tensorboard import SummaryWriter  # slow to import, and only training needs it
    return SummaryWriter(str(folder), purge_step=purge_step)
