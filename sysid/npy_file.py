"""Open numpy's own files, `.npy` and `.npz`: arrays only, never a pickle."""

import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from sysid.errors import SysidError
from sysid.zip_file import open_zip

# no header, one cut short, too deep or not in Python's notation, sizes that nothing has, fewer bytes than it
# says, Python objects
NO_ARRAY = (
    *(ValueError, SyntaxError, EOFError, tokenize.TokenError),
    *(TypeError, KeyError, OverflowError, RecursionError, MemoryError),
)


def open_npy(path: Path, what: str) -> np.ndarray:
    """Return the array of a `.npy` file, mapped into memory: what is sliced is read, and no pickle ever is.

    Args:
        path: of the file.
        what: is expected, in words, such as "a movie".

    Raises:
        SysidError: there is no such file, it cannot be read, or it is something else.
    """
    if not path.is_file():
        raise SysidError(f"{path}: no such file")
    with _as_one_line(path, f"{what} as .npy"):
        return np.lib.format.open_memmap(path, mode="r")


def read_npz(path: Path, what: str) -> dict[str, np.ndarray]:
    """Return all arrays of an NPZ file by name.

    Args:
        path: of the file.
        what: is expected, in words.

    Raises:
        SysidError: there is no such file, it cannot be read, it is something else, or swells without end.
    """
    arrays: dict[str, np.ndarray] = {}
    try:
        with open_zip(path, f"{what} as NPZ") as archive:
            for name in archive.namelist():
                with _as_one_line(path, f"{what} as NPZ"), archive.open(name) as member:
                    arrays[name.removesuffix(".npy")] = np.lib.format.read_array(member, allow_pickle=False)
    except RuntimeError as error:  # what zipfile has for a password
        raise SysidError(f"{path}: expected {what} as NPZ: {error}") from error
    return arrays


@contextmanager
def _as_one_line(path: Path, expected: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SysidError(f"{path}: cannot be read: {error.strerror or error}") from error
    except NO_ARRAY as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise SysidError(f"{path}: expected {expected}: {why}") from error
