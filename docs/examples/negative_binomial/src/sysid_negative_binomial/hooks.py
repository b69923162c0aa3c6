"""What this package offers to sysid."""

import sysid
from sysid_negative_binomial.readout import NegativeBinomial


@sysid.hookimpl
def sysid_readouts() -> dict[str, type]:
    """Return the readouts by name."""
    return {"negative_binomial": NegativeBinomial}
