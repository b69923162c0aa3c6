"""What this package offers to sysid."""

import sysid
from sysid_spike_csv.dataset import SpikeCsv


@sysid.hookimpl
def sysid_datasets() -> dict[str, type]:
    """Return the datasets by name."""
    return {"spike_csv": SpikeCsv}
