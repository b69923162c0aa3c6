"""Read JSON that came from elsewhere."""

import json
from pathlib import Path
from typing import Any

from sysid.errors import SysidError
from sysid.toml_text import describe

LARGEST = 256 << 20  # bytes: 100,000 neurons and what is known of them are some 20 MB


def parse_json(text: str, where: str, what: str) -> Any:
    """Return what a JSON document holds; `what` is expected, in words.

    Raises:
        SysidError: it is none, or nests deeper or has longer numbers than any that is written here.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise SysidError(f"{where}: expected {what} as JSON, got one that nests too deep") from error
    except ValueError as error:  # what is no JSON, and numbers of thousands of digits
        raise SysidError(f"{where}: expected {what} as JSON: {error}") from error


def read_json_table(path: Path, what: str = "a table") -> dict[str, Any]:
    """Return a JSON table; `what` is expected, in words.

    Raises:
        SysidError: the file cannot be read, is too large, not UTF-8, not JSON, or no table.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise SysidError(f"{path}: expected {what} as JSON of at most {LARGEST} bytes, got {size}")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SysidError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise SysidError(f"{path}: expected {what} as JSON: {error}") from error
    content = parse_json(text, str(path), what)
    if not isinstance(content, dict):
        raise SysidError(f"{path}: expected {what}, got {describe(content)}")
    return content
