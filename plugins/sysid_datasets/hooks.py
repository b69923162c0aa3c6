"""Offer the datasets that ship with sysid."""

import sysid
from sysid_datasets.dryad_mea import DryadMEA
from sysid_datasets.nwb import NWB
from sysid_datasets.sensorium import Sensorium
from sysid_datasets.simulated_retina import SimulatedRetina
from sysid_datasets.zheng2021_hdf5 import Zheng2021HDF5
from sysid_datasets.zheng2021_mat import Zheng2021Mat


@sysid.hookimpl
def sysid_datasets() -> dict[str, type]:
    """Return datasets by name."""
    return {
        "dryad_mea": DryadMEA,
        "nwb": NWB,
        "sensorium": Sensorium,
        "simulated_retina": SimulatedRetina,
        "zheng2021_hdf5": Zheng2021HDF5,
        "zheng2021_mat": Zheng2021Mat,
    }
