"""What this package offers to sysid."""

import sysid
from sysid_mei.analysis import MostExcitingInput


@sysid.hookimpl
def sysid_analyses() -> dict[str, type]:
    """Return the analyses by name."""
    return {"mei": MostExcitingInput}
