"""The encoders that ship with sysid."""

import sysid
from sysid_encoders.conv2d import Conv2d
from sysid_encoders.identity import Identity


@sysid.hookimpl
def sysid_encoders() -> dict[str, type]:
    """Return the encoders by name."""
    return {"conv2d": Conv2d, "identity": Identity}
