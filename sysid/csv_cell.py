"""Cells of CSV tables that a spreadsheet takes for text, and not for a program."""

import re
from typing import Any

# what spreadsheets take for a formula, which can start programs; a number with a sign is none
FORMULA = re.compile(r"[=@\t\r\n]|[+-](?!\.?\d[\d.,]*(?:[eE][+-]?\d+)?$)")
MARK = "'"  # spreadsheets' own sign for text


def guard_cell(value: Any) -> Any:
    """Return a value as a cell of a CSV table holds it: text that begins like a formula gets a `'` before it.

    Nothing else changes, so that names stand as they are; `bare_cell` takes the mark away again.

    Args:
        value: of one cell.
    """
    return f"{MARK}{value}" if isinstance(value, str) and FORMULA.match(value.lstrip(MARK)) else value


def bare_cell(text: str) -> str:
    """Return what `guard_cell` was given.

    Args:
        text: of a cell.
    """
    return text.removeprefix(MARK) if FORMULA.match(text.lstrip(MARK)) else text
