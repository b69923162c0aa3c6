"""The best weights of a run as a file that says what it is, so that a stranger can use it without sysid."""

import importlib.metadata
import json
from typing import Any

from torch import Tensor

from sysid.checkpoint import read_tensors, save_weights
from sysid.data_folder import checksum
from sysid.migration import check_format
from sysid.run_folder import RunFolder

ABOUT = "sysid"  # the one entry of the header: safetensors writes several in a random order
DIGEST = "weights_sha256"  # entry of `run.json`
FORMAT = 1  # of the names of tensors, and of what is said about them
WHAT = (
    "Weights of a model that predicts neural responses from a stimulus. `sysid.load_run` (pip install "
    "neural-sysid) makes the model from the run folder that this file comes from, or from `model` below."
)


def store_weights(folder: RunFolder, weights: dict[str, Tensor]) -> None:
    """Write the best weights of a run, and their digest into `run.json`.

    Raises:
        SysidError: the folder cannot be written to.
    """
    about = describe_weights(folder.information())
    save_weights(folder.weights_file, weights, {ABOUT: json.dumps(about, ensure_ascii=False)})
    folder.update(**{DIGEST: checksum(folder.weights_file)})


def describe_weights(information: dict[str, Any]) -> dict[str, Any]:
    """Return what the file says of its weights, from what `run.json` says of their run."""
    configuration, sessions = information["identity"]["configuration"], information["sessions"]
    history = configuration["samples"]["history"]
    first = next(iter(sessions.values()))
    return {
        "what": WHAT,
        "format": FORMAT,
        "made_by": f"neural-sysid {importlib.metadata.version('neural-sysid')}",
        "run": information["name"],
        "recipe": information["recipe"],
        "digest": information["digest"],
        "simulated": information["simulated"],
        "data": {name: information["data"].get(name) for name in ("source", "doi", "licence", "checksum")},
        "input": {"axes": "time channel height width", "shape": [history, *first["frame_shape"]]},
        "output": "expected response of each neuron per bin, in the order of `sessions`",
        "model": {name: configuration[name] for name in ("samples", "encoder", "core", "readout")},
        "sessions": {name: {"neurons": about["neurons"]} for name, about in sessions.items()},
    }


def read_weights(folder: RunFolder) -> dict[str, Tensor]:
    """Return the best weights of a run.

    Raises:
        SysidError: the file is missing or broken, or of a newer sysid.
    """
    weights, header = read_tensors(folder.weights_file)
    said = json.loads(header[ABOUT])["format"] if ABOUT in header else 1  # the first files said no more
    check_format(said, FORMAT, folder.weights_file)
    return weights
