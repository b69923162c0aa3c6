"""Check a plugin's part against what its interface promises: `from sysid.testing import check_core`.

Every function takes a config, as a recipe's table would make it, returns nothing where all is well, and
raises an AssertionError with one sentence otherwise. None needs pytest, and all hold under `python -O`.
"""

from sysid.testing.analysis import check_analysis
from sysid.testing.dataset import check_dataset
from sysid.testing.layer import check_core, check_encoder
from sysid.testing.readout import check_readout

__all__ = ["check_analysis", "check_core", "check_dataset", "check_encoder", "check_readout"]
