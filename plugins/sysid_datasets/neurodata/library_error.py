"""Turn what h5py and hdmf raise over the content of a file into one line."""

import contextlib
from collections.abc import Iterator

from hdmf.build import BuildError, ConstructError, ContainerConfigurationError

from sysid import SysidError

# SystemError is what h5py's own loops make of an error within
READ_ERRORS = (
    *(OSError, KeyError, RuntimeError, ValueError, TypeError, IndexError, SystemError),
    *(SyntaxError, EOFError, OverflowError, MemoryError),
)
OPEN_ERRORS = (*READ_ERRORS, AttributeError, BuildError, ConstructError, ContainerConfigurationError)
LONGEST = 300  # characters of what a library says


@contextlib.contextmanager
def guard(place: str) -> Iterator[None]:
    """Read from a file within the block: what goes wrong becomes one line that begins with the place.

    Raises:
        SysidError: for any error that reading raises.
    """
    try:
        yield
    except READ_ERRORS as error:
        raise SysidError(f"{place}: expected data that can be read, got {shorten(error)}") from error


def explain(error: BaseException) -> str:
    """Return where hdmf was when it failed, as far as it says, and what it says."""
    builder = error.args[0] if isinstance(error, ConstructError) and len(error.args) > 1 else None
    place = getattr(builder, "path", "").removeprefix("root").strip("/")
    return f"{place}{': ' if place else ''}expected NWB that pynwb can read, got {shorten(error)}"


def shorten(error: BaseException) -> str:
    """Return what an error says as one line of bounded length."""
    if isinstance(error, SystemError):
        error = error.__cause__ or error
    text = error.args[-1] if len(error.args) and not isinstance(error, OSError) else error
    line = " ".join(str(text).split()) or type(error).__name__
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} …"
