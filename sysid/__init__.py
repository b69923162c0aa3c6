"""Neural system identification from plugins: a recording and its stimulus in, a trained, scored model out.

Names are looked up when they are first used, so that `import sysid` costs nothing.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "Analysis": "sysid.interface",
    "AutoregressiveReadout": "sysid.interface",
    "ConvertibleDataset": "sysid.interface",
    "Core": "sysid.interface",
    "DataNotFoundError": "sysid.errors",
    "Dataset": "sysid.interface",
    "Description": "sysid.interface",
    "Encoder": "sysid.interface",
    "FeatureBatches": "sysid.interface",
    "FieldMaps": "sysid.field_map",
    "FileDataset": "sysid.interface",
    "Findings": "sysid.finding",
    "Fold": "sysid.bootstrap",
    "InputShape": "sysid.interface",
    "Inspection": "sysid.inspection",
    "Interval": "sysid.bootstrap",
    "Neuron": "sysid.recording",
    "Picture": "sysid.finding",
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
    "Table": "sysid.finding",
    "Truth": "sysid.recording",
    "Verification": "sysid.verification",
    "analyze": "sysid.analysis_request",
    "batch_length": "sysid.shared_batch",
    "batch_sum": "sysid.shared_batch",
    "bootstrap_difference": "sysid.bootstrap",
    "bootstrap_mean_correlation": "sysid.bootstrap",
    "bootstrap_pooled_correlation": "sysid.bootstrap",
    "bootstrap_pooled_difference": "sysid.bootstrap",
    "cache_folder": "sysid.data_folder",
    "check_dataset": "sysid.hdf5_check",
    "check_unpacked": "sysid.unpacked_size",
    "checksum": "sysid.data_folder",
    "combined_checksum": "sysid.data_folder",
    "derive_run": "sysid.derived_run",
    "discover": "sysid.registry",
    "draw_figure": "sysid.drawing",
    "examine": "sysid.examination",
    "export_nwb": "sysid.nwb.export",
    "find_data": "sysid.data_folder",
    "guard_cell": "sysid.csv_cell",
    "hookimpl": "sysid.hookspecs",
    "import_keras": "sysid.keras.imported_run",
    "key": "sysid.field",
    "load_recipe": "sysid.recipe",
    "load_run": "sysid.run_loading",
    "make_nwb_file": "sysid.nwb.file",
    "mse_loss": "sysid.loss",
    "add_normal": "sysid.normal",
    "normal_like": "sysid.normal",
    "open_npy": "sysid.npy_file",
    "poisson_loss": "sysid.loss",
    "refit": "sysid.refitting",
    "run": "sysid.recipe_run",
    "save_nwb_file": "sysid.nwb.file",
    "verify": "sysid.verification",
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
