"""Turn what cattrs collected into one line for each mistake."""

from collections.abc import Iterable, Iterator
from typing import Any

import attrs
from cattrs import BaseValidationError, ForbiddenExtraKeysError
from cattrs.errors import AttributeValidationNote, IterableValidationNote

from sysid.errors import SysidError, did_you_mean
from sysid.schema_type import describe_type

KeyPath = tuple[str | int, ...]


@attrs.frozen
class Mistake:
    """One thing that is wrong in a table.

    Attributes:
        path: keys and row numbers from the table down to the value.
        message: what was expected there and what was found.
    """

    path: KeyPath
    message: str


def write_path(path: KeyPath) -> str:
    """Return a path as a message has it: `encoder.layers[1].kernel_px`."""
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(parts).removeprefix(".")


def in_line(mistake: Mistake, where: str) -> str:
    """Return a mistake as one line behind `where`, the name of the table."""
    path = write_path(mistake.path)
    dot = "." if path and where and not path.startswith("[") else ""
    return f"{where}{dot}{path}: {mistake.message}"


def find_mistakes(error: Exception, other_keys: Iterable[str] = ()) -> tuple[Mistake, ...]:
    """Return all mistakes in an error from cattrs, in the order they were found.

    `other_keys` of the outermost table are offered for its unknown keys as well.

    Raises:
        Exception: a leaf that no user can cause, which keeps its traceback.
    """
    return tuple(_walk(error, (), None, tuple(other_keys)))


def _walk(error: Exception, path: KeyPath, cls: Any, other_keys: tuple[str, ...]) -> Iterator[Mistake]:
    if isinstance(error, BaseValidationError):
        notes = {id(inner): note for inner, note in error.group_exceptions()[0]}
        for inner in error.exceptions:
            yield from _walk(inner, path + _step(notes.get(id(inner))), error.cl, other_keys)
    elif isinstance(error, ForbiddenExtraKeysError):
        known = [field.name for field in attrs.fields(error.cl)] + list(() if path else other_keys)
        for name in sorted(error.extra_fields):
            yield Mistake((*path, name), f"unknown key{did_you_mean(name, known)}")
    elif isinstance(error, KeyError) and path and error.args == (path[-1],):
        kind = attrs.fields_dict(cls)[path[-1]].type
        yield Mistake(path, f"expected {describe_type(kind)}, got nothing; the key is required")
    elif isinstance(error, ValueError | SysidError):
        yield Mistake(path, " ".join(str(error.args[0] if error.args else error).split()))
    else:
        raise error


def _step(note: AttributeValidationNote | IterableValidationNote | None) -> KeyPath:
    """Return what a note adds to the path; an error without one is from the constructor, about it all."""
    if note is None:
        return ()
    return (note.name,) if isinstance(note, AttributeValidationNote) else (note.index,)
