"""Write tables as CSV."""

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sysid import guard_cell


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]], digits: int = 6) -> None:
    """Write rows below their column names, numbers to so many digits; what is not defined is empty."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(map(guard_cell, columns))
        writer.writerows([_cell(value, digits) for value in row] for row in rows)


def _cell(value: Any, digits: int) -> Any:
    if isinstance(value, float):  # numpy's doubles are floats too
        return f"{value:.{digits}g}" if math.isfinite(value) else ""
    return "" if value is None else guard_cell(value)
