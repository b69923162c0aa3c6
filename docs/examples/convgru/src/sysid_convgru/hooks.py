"""What this package offers to sysid."""

import sysid
from sysid_convgru.config import ConvGru


@sysid.hookimpl
def sysid_cores() -> dict[str, type]:
    """Return the cores by name."""
    return {"convgru": ConvGru}
