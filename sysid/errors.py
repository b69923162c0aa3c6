"""The errors a user can cause, each one line."""

import difflib
from collections.abc import Iterable


class SysidError(Exception):
    """Say in one line what is wrong and where: `<where>: expected <what>, got <value>`."""


class SysidErrors(SysidError):
    """Carry several mistakes that were found in one pass, one line each.

    Attributes:
        lines: the messages, in the order they were found, without repetition.
    """

    def __init__(self, lines: Iterable[str]):
        self.lines = tuple(dict.fromkeys(lines))
        super().__init__("\n".join(self.lines))


class DataNotFoundError(SysidError):
    """A dataset's files are not on this machine; a `stand_in` may take its place."""


class InterruptedTrainingError(SysidError):
    """Training was asked to stop, and has saved where it was."""


def at(where: str, error: SysidError) -> SysidError:
    """Return the same error with where it happened before every line."""
    lines = error.lines if isinstance(error, SysidErrors) else (str(error),)
    return SysidErrors(f"{where}: {line}" for line in lines)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean "..."?` for the nearest known name, or nothing."""
    nearest = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{nearest[0]}"?' if nearest else ""
