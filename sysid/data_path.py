"""Where a dataset's files lie: what opens a run again, and no part of what the run is."""

from pathlib import Path
from typing import Any

import attrs

from sysid.interface import Dataset
from sysid.joined_dataset import JoinedDataset
from sysid.recipe_session import SESSIONS
from sysid.run_folder import RunFolder

PATHS = "dataset_paths"  # entry of `run.json`

Paths = dict[str, Any]
"""Key → path; of several sessions, `sessions` → one such table for each, in their order."""


def paths_of(dataset: Dataset) -> Paths:
    """Return the dataset's keys that are paths, absolute: a recipe's are relative to the working directory.

    Paths in tables below a key are not among them, but for those of `sessions`.
    """
    if isinstance(dataset, JoinedDataset):
        rows = [paths_of(member.config) for member in dataset.members]
        return {SESSIONS: rows} if any(rows) else {}
    values = {field.name: getattr(dataset, field.name) for field in attrs.fields(type(dataset))}
    return {
        name: str(value.expanduser().absolute()) for name, value in values.items() if isinstance(value, Path)
    }


def lay_paths(table: dict[str, Any], paths: Paths) -> dict[str, Any]:
    """Return a dataset's table with paths in place of those it has, session by session."""
    laid = table | paths
    if SESSIONS in paths:
        laid[SESSIONS] = [row | own for row, own in zip(table[SESSIONS], paths[SESSIONS], strict=True)]
    return laid


def forget_paths(paths: Paths) -> Paths:
    """Return the same keys without their paths."""
    return {
        name: [dict.fromkeys(row) for row in value] if name == SESSIONS else None
        for name, value in paths.items()
    }


def note_paths(folder: RunFolder, dataset: Dataset) -> None:
    """Bring a run's folder up to date with where its data now lie: the same bytes may have moved."""
    paths = paths_of(dataset)
    if stored_paths(folder.information()) != paths:
        folder.update(**{PATHS: paths})


def stored_paths(information: dict[str, Any]) -> Paths:
    """Return what `run.json` says of it."""
    return information.get(PATHS, {})
