"""Check that a JSON document has the shape that its reader counts on, so that what is broken is one line."""

from collections.abc import Callable
from typing import Any

from sysid.errors import SysidError
from sysid.toml_text import describe

Check = Callable[[Any, str], None]
"""Refuses a value that is not as expected; its second argument says where the value stands."""


def of(kinds: tuple[type, ...], words: str) -> Check:
    """Return a check for one of some types; a bool is a number only where it is named."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise SysidError(f"{where}: expected {words}, got {describe(value)}")

    return check


TEXT = of((str,), "text")
FLAG = of((bool,), "true or false")
WHOLE = of((int,), "a whole number")
NUMBER = of((int, float), "a number")
NUMBER_OR_NONE = of((int, float, type(None)), "a number or null")
TEXT_OR_NONE = of((str, type(None)), "text or null")
TABLE = of((dict,), "a table")


def listing(entry: Check, count: int | None = None) -> Check:
    """Return a check for an array of entries, of so many where a count is given."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, list) or (count is not None and len(value) != count):
            raise SysidError(
                f"{where}: expected an array{f' of {count}' if count else ''}, got {describe(value)}"
            )
        for number, each in enumerate(value):
            entry(each, f"{where}[{number}]")

    return check


def tables(entry: Check) -> Check:
    """Return a check for a table whose keys are names, each with such an entry."""

    def check(value: Any, where: str) -> None:
        TABLE(value, where)
        for name, each in value.items():
            entry(each, f"{where}.{name}")

    return check


def table(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """Return a check for a table with certain keys; what else is in it is nobody's business here."""

    def check(value: Any, where: str) -> None:
        TABLE(value, where)
        for name, entry in required.items():
            if name not in value:
                raise SysidError(f"{where}: expected the key {name}, got none")
            entry(value[name], f"{where}.{name}")
        for name, entry in (optional or {}).items():
            if name in value:
                entry(value[name], f"{where}.{name}")

    return check
