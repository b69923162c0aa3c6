"""Neural system identification from plugins: a recording and its stimulus in, a trained, scored model out.

Names are looked up when they are first used, so that `import sysid` costs nothing.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "Analysis": "sysid.interface",
    "Core": "sysid.interface",
    "DataNotFoundError": "sysid.errors",
    "Dataset": "sysid.interface",
    "Description": "sysid.interface",
    "Encoder": "sysid.interface",
    "FeatureBatches": "sysid.interface",
    "InputShape": "sysid.interface",
    "Neuron": "sysid.recording",
    "Population": "sysid.population",
    "Presentation": "sysid.recording",
    "Provenance": "sysid.provenance",
    "Readout": "sysid.interface",
    "ReadoutModule": "sysid.interface",
    "ReceptiveField": "sysid.recording",
    "Recording": "sysid.recording",
    "Run": "sysid.loaded_run",
    "RunFolder": "sysid.run_folder",
    "SolvableReadout": "sysid.interface",
    "SysidError": "sysid.errors",
    "Truth": "sysid.recording",
    "cache_folder": "sysid.data_folder",
    "checksum": "sysid.data_folder",
    "combined_checksum": "sysid.data_folder",
    "discover": "sysid.registry",
    "examine": "sysid.examination",
    "find_data": "sysid.data_folder",
    "hookimpl": "sysid.hookspecs",
    "key": "sysid.field",
    "load_recipe": "sysid.recipe",
    "load_run": "sysid.loaded_run",
    "mse_loss": "sysid.loss",
    "poisson_loss": "sysid.loss",
    "refit": "sysid.refitting",
    "run": "sysid.recipe_run",
}

__all__ = sorted(_HOME)  # the table above is the one list of public names


def __getattr__(name: str) -> Any:
    if name == "metrics":
        return import_module("sysid.metrics")
    if name not in _HOME:
        raise AttributeError(f"module 'sysid' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
