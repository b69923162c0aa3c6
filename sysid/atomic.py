"""Write files that appear whole or not at all."""

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sysid.disk_trouble import disk_trouble, unwritable


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, bring it to the disk, and move it into place.

    Raises:
        SysidError: the folder cannot be written to, or the disk is full; `path` is then as it was.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(beside)
        bring_to_disk(beside)
        os.replace(beside, path)
    except OSError as error:
        _remove(beside)
        raise unwritable(path, error) from error
    except BaseException:
        _remove(beside)
        raise
    with disk_trouble(path):
        bring_to_disk(path.parent)


def _remove(path: Path) -> None:
    """Remove a file where that can be done; on a read-only disk even a file that is not there cannot be."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, so that a power loss does not take them with all that is in them."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        bring_to_disk(each.parent)


def bring_tree_to_disk(folder: Path) -> None:
    """Make all that is in and below a folder survive a power loss."""
    for path in (*folder.rglob("*"), folder):
        if not path.is_symlink():
            bring_to_disk(path)


def bring_to_disk(path: Path) -> None:
    """Make what was written to a file, or made, renamed or removed in a folder, survive a power loss."""
    posix = os.name == "posix"
    if path.is_dir() and not posix:
        return  # other systems do not open folders
    descriptor = os.open(path, os.O_RDONLY if posix else os.O_RDWR)  # nor bring to the disk what is only read
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole."""
    write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file whole; not-a-number becomes null, so that any reader can read it."""
    write_text(path, json.dumps(without_nan(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def without_nan(content: Any) -> Any:
    """Return the same tables and lists with None in place of NaN and infinity, numpy numbers as Python's."""
    if isinstance(content, dict):
        return {str(name): without_nan(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [without_nan(value) for value in content]
    if hasattr(content, "tolist"):
        return without_nan(content.tolist())
    if isinstance(content, float) and (content != content or content in (float("inf"), float("-inf"))):
        return None
    return content
