"""Read a file as a recipe does."""

from pathlib import Path
from typing import Any

import sysid


def read(path: Path, **fields: Any) -> sysid.Recording:
    """Return the only session of a file, through the dataset `nwb` that is installed."""
    dataset = sysid.discover().find("dataset", "nwb").config_class
    (recording,) = dataset(path=path, **fields).load().values()
    return recording
