"""The errors a user can cause, each one line."""

import difflib
from collections.abc import Iterable

from sysid.visible_text import make_visible


class SysidError(Exception):
    """Say in one line what is wrong and where: `<where>: expected <what>, got <value>`.

    What it quotes from a file is shown, so that no terminal obeys it.
    """

    def __init__(self, line: str):
        super().__init__(make_visible(line))


class SysidErrors(SysidError):
    """Carry several mistakes that were found in one pass, one line each.

    Attributes:
        lines: the messages, in the order they were found, without repetition.
    """

    def __init__(self, lines: Iterable[str]):
        self.lines = tuple(dict.fromkeys(map(make_visible, lines)))
        Exception.__init__(self, "\n".join(self.lines))


class DataNotFoundError(SysidError):
    """A dataset's files are not on this machine; a `stand_in` may take its place."""


class InterruptedTrainingError(SysidError):
    """Training was asked to stop, and has saved where it was."""


def at(where: str, error: SysidError) -> SysidError:
    """Return the same error with where it happened before every line."""
    return SysidErrors(f"{where}: {line}" for line in lines_of(error))


def lines_of(error: SysidError) -> tuple[str, ...]:
    """Return the mistakes that an error carries, one line each."""
    return error.lines if isinstance(error, SysidErrors) else (str(error),)


def describe_error(error: BaseException) -> str:
    """Return an error of whatever kind in one line: the name of its class, and what it says if anything."""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean "..."?` for the nearest known name, or nothing."""
    nearest = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{nearest[0]}"?' if nearest else ""
