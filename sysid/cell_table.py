"""Tables of one neuron a row that analyses left in a run's folder."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sysid.analysis_run import stored_findings
from sysid.csv_cell import bare_cell
from sysid.finished_run import FinishedRun
from sysid.neuron_property import Cell

NEURON, SESSION = "neuron", "session"
"""Columns by which a row is known to be that of a neuron."""

REASON = "reason"
"""The column that says why nothing was found of a neuron: then its words, such as ON or OFF, do not count."""

Column = dict[Cell, str]
"""What a table says of neurons, as it stands there; a neuron of which it says nothing is left out."""


def cell_columns(run: FinishedRun) -> dict[str, Column]:
    """Return the columns of a run's tables by `<analysis>.<column>`.

    A table counts where it has a column `neuron` with an id of the run's in every row, and no neuron has two
    rows. Its session is told by a column `session`, by the run's having one, or by the name of the file,
    which begins with it.
    """
    sessions = {
        name: frozenset(about["neurons"]) for name, about in run.folder.information()["sessions"].items()
    }
    top = run.folder.path / "analyses"
    columns: dict[str, Column] = {}
    for folder in sorted(top.iterdir()) if top.is_dir() else ():
        stored = stored_findings(folder)
        for table in stored.findings.tables if stored is not None else ():
            for name, column in _read(folder / table.file, sessions).items():
                columns.setdefault(f"{folder.name}.{name}", {}).update(column)
    return columns


def as_numbers(column: Column) -> dict[Cell, float]:
    """Return a column as numbers; nothing where any of it is in words."""
    try:
        return {cell: float(text) for cell, text in column.items()}
    except ValueError:
        return {}


def _read(file: Path, sessions: dict[str, frozenset[str]]) -> dict[str, Column]:
    """Return a table's columns by name; none where its rows are not those of neurons."""
    try:
        with open(file, newline="", encoding="utf-8") as opened:
            rows = [_bare(row) for row in csv.DictReader(opened)]
    except (OSError, UnicodeDecodeError, csv.Error):
        return {}
    cells = [_cell(row, sessions, file.name) for row in rows]
    known = [cell for cell in cells if cell is not None]
    if len(set(known)) < len(cells):  # some row is no neuron's, or some neuron has two
        return {}
    return {
        name: {cell: row[name] for cell, row in zip(known, rows, strict=True) if _counts(name, row)}
        for name in (rows[0] if rows else ())
        if name not in (NEURON, SESSION)
    }


def _bare(row: dict[str, Any]) -> dict[str, str]:
    """Return the named cells of a row, empty ones where it is short."""
    named = {name: text for name, text in row.items() if name and (text is None or isinstance(text, str))}
    return {bare_cell(name): bare_cell(text or "") for name, text in named.items()}


def _counts(name: str, row: dict[str, str]) -> bool:
    """Say whether a row says something under a name: a number, or a word that was found."""
    return bool(row.get(name)) and (name == REASON or not row.get(REASON) or _is_number(row[name]))


def _is_number(text: str) -> bool:
    return bool(as_numbers({("", ""): text}))


def _cell(row: dict[str, str], sessions: dict[str, frozenset[str]], file: str) -> Cell | None:
    """Return whose row it is, None where that is nobody's or cannot be told."""
    named = list(_sessions_of(row, sessions, file))
    if len(named) != 1 or row.get(NEURON) not in sessions[named[0]]:
        return None
    return named[0], row[NEURON]


def _sessions_of(row: dict[str, str], sessions: dict[str, frozenset[str]], file: str) -> Iterator[str]:
    for name in sessions:
        if row.get(SESSION, name) == name and (
            SESSION in row or len(sessions) == 1 or file.startswith(f"{name}_")
        ):
            yield name
