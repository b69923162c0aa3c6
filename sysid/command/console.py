"""Runs on the terminal: a live line of progress for each, or plain lines where there is no terminal."""

import math
import sys
import time
from types import TracebackType

from rich.console import Console as RichConsole
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column

from sysid.reporter import Reporter
from sysid.training import Epoch
from sysid.visible_text import make_visible

SECONDS_BETWEEN_LINES = 10.0  # off a terminal, at most one progress line of a run in this time
WHAT_IS_LEFT = Column(no_wrap=True, overflow="ellipsis", ratio=1)  # in a narrow terminal, losses are cut off


class Line:
    """What is shown of one run, or of the analyses."""

    def __init__(self, label: str, task: TaskID):
        self.label = label
        self.task = task
        self.started = self.said = time.monotonic()

    def is_due(self) -> bool:
        """Say whether it is time for a plain line again, and remember that one was printed."""
        if time.monotonic() - self.said <= SECONDS_BETWEEN_LINES:
            return False
        self.said = time.monotonic()
        return True


class Console(Reporter):
    """Draw the progress of a recipe's runs; use as a context manager."""

    def __init__(self, *, quiet: bool = False):
        self.console = RichConsole(file=sys.stderr, highlight=False, soft_wrap=True)
        self.quiet = quiet
        self.live = self.console.is_terminal and not quiet
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            TextColumn("at most"),
            TimeRemainingColumn(),
            TextColumn("left"),
            TextColumn("{task.fields[told]}", table_column=WHAT_IS_LEFT),
            console=self.console,
            transient=True,
            expand=True,
        )
        self.lines: dict[str, Line] = {}
        self.analyses: Line | None = None

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
            self.console.print(_literally(line))

    def warn(self, line: str) -> None:
        """Print a line, or one mistake a line, in yellow, quiet or not."""
        for each in line.split("\n"):
            self.console.print(_literally(each), style="yellow")

    def run_started(self, name: str, number: int, of: int, resumed: bool) -> None:
        """Begin a line for a run."""
        self.lines[name] = self._begin(f"{number}/{of} {name}")
        if resumed:
            self.note(f"{self.lines[name].label}: goes on where it was")

    def reading(self, name: str, frames: int, of: int) -> None:
        """Say how far a run has read its stimulus, where that takes a while."""
        line = self.lines[name]
        self.progress.update(line.task, completed=frames, total=of, told="reading the stimulus")
        if not self.live and not self.quiet and line.is_due():
            self.note(f"{line.label}: frame {frames} of {of} of the stimulus read")

    def step(self, name: str, epoch: int, epochs: int, step: int, steps: int) -> None:
        """Move the bar of a run on."""
        line = self.lines[name]
        done, total = epoch * steps + step, epochs * steps
        if self.live:
            self.progress.update(line.task, completed=done, total=total)
        elif not self.quiet and line.is_due():
            left = (total - done) * (line.said - line.started) / max(done, 1)
            self.note(
                f"{line.label}: epoch {epoch + 1}/{epochs}, step {step}/{steps}, at most {left:.0f} s left"
            )

    def epoch(self, name: str, epoch: Epoch) -> None:
        """Show the losses of an epoch."""
        validation = "" if math.isnan(epoch.validation_loss) else f" validation {epoch.validation_loss:.4f}"
        told = f"epoch {epoch.epoch + 1} loss {epoch.training_loss:.4f}{validation}"
        if not math.isnan(epoch.validation_correlation):
            told += f" CC {epoch.validation_correlation:.3f}"
        self.progress.update(self.lines[name].task, told=told)

    def run_finished(self, name: str, correlation: float, simulated: bool) -> None:
        """End the line of a run with its score."""
        line = self._end(name)
        seconds = time.monotonic() - line.started
        self.note(f"{line.label}: CC {_score(correlation)}{_mark(simulated)} in {seconds:.1f} s")

    def run_skipped(self, name: str, correlation: float, simulated: bool) -> None:
        """Print the score of a run that was finished before."""
        self.note(f"{name}: CC {_score(correlation)}{_mark(simulated)}, finished before")

    def run_failed(self, name: str, why: str) -> None:
        """End the line of a run, if it had one, with what went wrong."""
        if name in self.lines:
            self._end(name)
        self.warn(why)

    def analysis_started(self, title: str, number: int, of: int) -> None:
        """Move on to the next analysis; off a terminal, a line from time to time and for the first."""
        told = f"analysis {number}/{of} {title}"
        first = self.analyses is None
        line = self.analyses = self.analyses or self._begin(told)
        self.progress.reset(line.task, total=of, completed=number - 1, description=_literally(told), told="")
        if not self.live and (first or line.is_due()):
            self.note(told)

    def _begin(self, label: str) -> Line:
        """Begin a line, the last of those that are shown."""
        return Line(label, self.progress.add_task(_literally(label), total=None, told=""))

    def _end(self, name: str) -> Line:
        """Take the line of a run away and return it."""
        line = self.lines.pop(name)
        self.progress.remove_task(line.task)
        return line


def _score(correlation: float) -> str:
    """Return a score, or the dash that tables have where none is defined."""
    return "–" if math.isnan(correlation) else f"{correlation:.3f}"


def _literally(line: str) -> str:
    """Return a line in which nothing is markup, and nothing steers the terminal."""
    return escape(make_visible(line))


def _mark(simulated: bool) -> str:
    return " SIMULATED" if simulated else ""
