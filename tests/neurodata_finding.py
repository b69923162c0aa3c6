"""Find what a small NWB file shows, or the line that says why nothing is found."""

from pathlib import Path

import pytest

from sysid import SysidError
from sysid_datasets.neurodata.opening import open_nwb
from sysid_datasets.neurodata.showing import Showing
from sysid_datasets.neurodata.stimulus import find_showings


def find(
    path: Path, *names: str, templates: Path | None = None, order: str = "auto", dataset: str | None = None
) -> tuple[tuple[Showing, ...], tuple[str, ...]]:
    """Return what was shown, and notes."""
    with open_nwb(path) as opened:
        return find_showings(opened, names, templates, dataset, order)


def message(path: Path, *names: str, templates: Path | None = None) -> str:
    """Return the error that looking for stimuli ends with, without the folder of the file."""
    with pytest.raises(SysidError) as error:
        find(path, *names, templates=templates)
    return str(error.value).replace(f"{path.parent}/", "")
