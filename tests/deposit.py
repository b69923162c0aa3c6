"""Where the deposit 10.5061/dryad.4ch10 lies, for the tests that need the real recording."""

import os
from pathlib import Path

import pytest


def find_deposit() -> Path | None:
    """Return the deposit in `$SYSID_DATA_DIR`, as it was when the tests began."""
    folder = os.environ.get("SYSID_DATA_DIR")
    places = [Path(folder).resolve() / name for name in ("dryad_4ch10", "dryad_4ch10.zip")] if folder else []
    return next((place for place in places if place.exists()), None)


DEPOSIT = find_deposit()
needs_deposit = pytest.mark.skipif(
    DEPOSIT is None, reason="needs the deposit 10.5061/dryad.4ch10 in $SYSID_DATA_DIR"
)
