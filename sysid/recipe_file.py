"""Read a recipe file: its words, and the tables in it."""

import tomllib
from pathlib import Path
from typing import Any

from sysid.errors import SysidError

LARGEST = 4 << 20  # bytes; the longest recipe that ships has 10 kB
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def shorten_path(path: Path) -> str:
    """Return a path as messages name it: below the working directory where it is, else in full."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def title_of(text: str) -> str:
    """Return the first line of a recipe, a comment, or nothing where it is none."""
    first = text.partition("\n")[0]
    return first.lstrip("# ").rstrip() if first.startswith("#") else ""


def read_recipe(path: Path) -> tuple[str, dict[str, Any]]:
    """Return the text of a recipe, word for word, and its tables.

    Raises:
        SysidError: it cannot be read, is not UTF-8 or not TOML.
    """
    where = shorten_path(path)
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise SysidError(f"{where}: expected a recipe, got a file of {size} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise SysidError(f"{where}: expected a readable file, got: {error.strerror}") from error
    if content.startswith(BYTE_ORDER_MARK):
        raise SysidError(f"{where}: expected UTF-8, got UTF-8 with a byte order mark; save it without one")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"0x{content[error.start]:02x}"
        raise SysidError(f"{where}: expected UTF-8, got byte {byte} in line {line}") from error
    try:
        return text, tomllib.loads(text)
    except RecursionError as error:
        raise SysidError(f"{where}: expected TOML, got one that nests too deep") from error
    except ValueError as error:  # what is no TOML, and numbers of thousands of digits
        raise SysidError(f"{where}: expected TOML, got a mistake: {error}") from error
