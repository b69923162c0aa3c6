"""Read a CSV file by the names of its columns."""

import csv
import math
from pathlib import Path

import attrs
import numpy as np
from jaxtyping import Float

from sysid import SysidError


@attrs.frozen
class Column:
    """One column of a table.

    Attributes:
        path: of the table, for messages.
        name: in the first line.
        values: as they stand, without spaces around them.
        lines: (row,), where each stands in the file.
    """

    path: Path
    name: str
    values: tuple[str, ...]
    lines: tuple[int, ...]

    def seconds(self) -> Float[np.ndarray, " row"]:
        """Return the values as numbers.

        Raises:
            SysidError: one is no finite number.
        """
        numbers = np.empty(len(self.values))
        for row, value in enumerate(self.values):
            try:
                numbers[row] = float(value)
            except ValueError:
                numbers[row] = math.nan
            if not math.isfinite(numbers[row]):
                raise SysidError(f'{self.where(row)}: expected a time in seconds, got "{value}"')
        return numbers

    def where(self, row: int) -> str:
        """Return file, line and column of a value."""
        return f"{self.path}: line {self.lines[row]}: {self.name}"


def read_table(path: Path, needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Column]:
    """Return the columns of a CSV file whose first line names them; further ones are passed over.

    Raises:
        SysidError: a column is missing, a row has too few entries, or the file is no text.
    """
    rows: list[tuple[int, list[str]]] = []
    try:
        with open(
            path, newline="", encoding="utf-8-sig"
        ) as file:  # spreadsheets begin with a byte order mark
            reader = csv.reader(file)
            header = [name.strip() for name in next(reader, [])]
            rows = [(reader.line_num, row) for row in reader if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise SysidError(f"{path}: expected a CSV table as text, got {error}") from error
    missing = [name for name in needed if name not in header]
    if missing:
        found = ", ".join(f'"{name}"' for name in header) or "nothing"
        raise SysidError(f'{path}: line 1: expected a column "{missing[0]}", found {found}')
    for line, row in rows:
        if len(row) < len(header):
            raise SysidError(f"{path}: line {line}: expected {len(header)} entries, got {len(row)}")
    lines = tuple(line for line, _ in rows)
    return {
        name: Column(path, name, tuple(row[header.index(name)].strip() for _, row in rows), lines)
        for name in (*needed, *optional)
        if name in header
    }
