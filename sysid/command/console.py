"""A run on the terminal: a live line of progress, or plain lines where there is no terminal."""

import math
import sys
import time
from types import TracebackType

from rich.console import Console as RichConsole
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sysid.reporter import Reporter
from sysid.training import Epoch

SECONDS_BETWEEN_LINES = 10.0  # off a terminal, at most one progress line in this time


class Console(Reporter):
    """Draw the progress of a recipe's runs; use as a context manager."""

    def __init__(self, *, quiet: bool = False):
        self.console = RichConsole(file=sys.stderr, highlight=False, soft_wrap=True)
        self.quiet = quiet
        self.live = self.console.is_terminal and not quiet
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
            TextColumn("left at most"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
        )
        self.task = self.progress.add_task("", total=None, told="")
        self.name = ""
        self.started = 0.0
        self.said = 0.0

    def __enter__(self) -> "Console":
        if self.live:
            self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:  # off a terminal, stopping prints an empty line
            self.progress.stop()

    def note(self, line: str) -> None:
        """Print one line, unless quiet."""
        if not self.quiet:
            self.console.print(escape(line))

    def warn(self, line: str) -> None:
        """Print one line in yellow, quiet or not."""
        self.console.print(escape(line), style="yellow")

    def run_started(self, name: str, number: int, of: int, resumed: bool) -> None:
        """Begin a run."""
        self.name, self.started, self.said = f"{number}/{of} {name}", time.monotonic(), time.monotonic()
        if resumed:
            self.note(f"{self.name}: goes on where it was")
        self.progress.reset(self.task, total=None, description=escape(self.name), told="")

    def step(self, epoch: int, epochs: int, step: int, steps: int) -> None:
        """Move the bar on."""
        done, total = epoch * steps + step, epochs * steps
        if self.live:
            self.progress.update(self.task, completed=done, total=total)
        elif not self.quiet and time.monotonic() - self.said > SECONDS_BETWEEN_LINES:
            self.said = time.monotonic()
            left = (total - done) * (self.said - self.started) / max(done, 1)
            self.note(
                f"{self.name}: epoch {epoch + 1}/{epochs}, step {step}/{steps}, at most {left:.0f} s left"
            )

    def epoch(self, epoch: Epoch) -> None:
        """Show the losses of an epoch."""
        validation = "" if math.isnan(epoch.validation_loss) else f" validation {epoch.validation_loss:.4f}"
        told = f"epoch {epoch.epoch + 1} loss {epoch.training_loss:.4f}{validation}"
        if not math.isnan(epoch.validation_correlation):
            told += f" CC {epoch.validation_correlation:.3f}"
        self.progress.update(self.task, told=told)

    def run_finished(self, name: str, correlation: float, simulated: bool) -> None:
        """Print the score of a run."""
        self.note(
            f"{self.name}: CC {correlation:.3f}{_mark(simulated)} in {time.monotonic() - self.started:.1f} s"
        )

    def run_skipped(self, name: str, correlation: float, simulated: bool) -> None:
        """Print the score of a run that was finished before."""
        self.note(f"{name}: CC {correlation:.3f}{_mark(simulated)}, finished before")

    def analysis_started(self, title: str, number: int, of: int) -> None:
        """Move on to the next analysis; off a terminal, a line from time to time and for the first."""
        told = f"analysis {number}/{of} {title}"
        if self.live:
            self.progress.reset(self.task, total=of, completed=number - 1, description=escape(told), told="")
        elif number == 1 or time.monotonic() - self.said > SECONDS_BETWEEN_LINES:
            self.said = time.monotonic()
            self.note(told)


def _mark(simulated: bool) -> str:
    return " SIMULATED" if simulated else ""
