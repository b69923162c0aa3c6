"""What a run tells whoever watches it."""

from abc import ABC, abstractmethod

from sysid.training import Epoch


class Reporter(ABC):
    """Hear of everything that happens in `sysid.run`; the command line draws it, a notebook may too.

    With several jobs, runs are told of in turn as it comes, and of their steps not every one.
    """

    @abstractmethod
    def note(self, line: str) -> None:
        """Say one line that a person should see."""

    @abstractmethod
    def warn(self, line: str) -> None:
        """Say one line that a person must see."""

    @abstractmethod
    def run_started(self, name: str, number: int, of: int, resumed: bool) -> None:
        """Begin run `number` of `of`, counted from 1."""

    @abstractmethod
    def reading(self, name: str, frames: int, of: int) -> None:
        """Hear how many frames of its stimulus a run has read, before its first step."""

    @abstractmethod
    def step(self, name: str, epoch: int, epochs: int, step: int, steps: int) -> None:
        """Hear of one step of an epoch of a run."""

    @abstractmethod
    def epoch(self, name: str, epoch: Epoch) -> None:
        """Hear of the end of an epoch of a run."""

    @abstractmethod
    def run_finished(self, name: str, correlation: float, simulated: bool) -> None:
        """End the run with its mean correlation over cells."""

    @abstractmethod
    def run_skipped(self, name: str, correlation: float, simulated: bool) -> None:
        """Hear of a run that had been finished before."""

    @abstractmethod
    def run_failed(self, name: str, why: str) -> None:
        """Hear of a run that failed while others go on; `why` names it, one mistake a line."""

    @abstractmethod
    def analysis_started(self, title: str, number: int, of: int) -> None:
        """Begin analysis `number` of `of`, counted from 1."""


class Silence(Reporter):
    """Say nothing."""

    def note(self, line: str) -> None:
        """Ignore it."""

    def warn(self, line: str) -> None:
        """Ignore it."""

    def run_started(self, name: str, number: int, of: int, resumed: bool) -> None:
        """Ignore it."""

    def reading(self, name: str, frames: int, of: int) -> None:
        """Ignore it."""

    def step(self, name: str, epoch: int, epochs: int, step: int, steps: int) -> None:
        """Ignore it."""

    def epoch(self, name: str, epoch: Epoch) -> None:
        """Ignore it."""

    def run_finished(self, name: str, correlation: float, simulated: bool) -> None:
        """Ignore it."""

    def run_skipped(self, name: str, correlation: float, simulated: bool) -> None:
        """Ignore it."""

    def run_failed(self, name: str, why: str) -> None:
        """Ignore it."""

    def analysis_started(self, title: str, number: int, of: int) -> None:
        """Ignore it."""
