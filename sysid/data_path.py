"""Where a dataset's files lie: what opens a run again, and no part of what the run is."""

from pathlib import Path
from typing import Any

import attrs

from sysid.interface import Dataset
from sysid.run_folder import RunFolder

PATHS = "dataset_paths"  # entry of `run.json`


def paths_of(dataset: Dataset) -> dict[str, str]:
    """Return the dataset's keys that are paths, absolute: a recipe's are relative to the working directory.

    Paths in tables below a key are not among them.
    """
    values = {field.name: getattr(dataset, field.name) for field in attrs.fields(type(dataset))}
    return {
        name: str(value.expanduser().absolute()) for name, value in values.items() if isinstance(value, Path)
    }


def note_paths(folder: RunFolder, dataset: Dataset) -> None:
    """Bring a run's folder up to date with where its data now lie: the same bytes may have moved."""
    paths = paths_of(dataset)
    if stored_paths(folder.information()) != paths:
        folder.update(**{PATHS: paths})


def stored_paths(information: dict[str, Any]) -> dict[str, str]:
    """Return what `run.json` says of it."""
    return information.get(PATHS, {})
