"""What `run.json` says of an imported network: the same entries as of a run that was trained here."""

import importlib.metadata
from pathlib import Path
from typing import Any

import attrs
import torch

from sysid.data_folder import checksum
from sysid.device import describe_device
from sysid.identity import Identity, digest, identity_of
from sysid.keras.architecture import Architecture
from sysid.keras.configuration import DATASET_NAME, TRAINING, Configuration
from sysid.keras.network import Network
from sysid.keras.recording import Found
from sysid.model import Model, count_parameters
from sysid.part_origin import PARTS, origins_of
from sysid.run_description import software_versions
from sysid.sample import SessionSamples


def describe_import(
    architecture: Architecture,
    weight_file: Path,
    network: Network,
    configuration: Configuration,
    model: Model,
    found: Found,
    samples: dict[str, SessionSamples],
) -> dict[str, Any]:
    """Return `run.json`; both files' checksums are in the identity, so other weights are another run."""
    imported = {
        "architecture": {"name": architecture.file.name, "sha256": checksum(architecture.file)},
        "weights": {"name": weight_file.name, "sha256": checksum(weight_file)},
        "keras_version": architecture.keras_version,
    }
    versions = {component.package: component.version for component in configuration.components.values()}
    versions["neural-sysid"] = importlib.metadata.version("neural-sysid")
    identity: Identity = identity_of(configuration.resolved(), found.provenance, versions)
    identity |= {"imported": imported}
    return {
        "state": "imported",
        "name": f"{configuration.name}/{DATASET_NAME}/fold0/seed0",
        "recipe": "",
        "profile": None,
        "settings": [],
        "identity": identity,
        "digest": digest(identity),
        "imported": imported,
        "simulated": found.provenance.simulated,
        "stands_in_for": "",
        "control_of": None,
        "published": [],
        "analyses": {},
        "data": attrs.asdict(found.provenance),
        PARTS: origins_of(configuration.components),
        "sessions": _describe_session(network, configuration, samples),
        "parameters": count_parameters(model),
        "device": describe_device(torch.device("cpu")),
        "threads": TRAINING.threads,
        "versions": software_versions(),
        "git_commit": "",
        "outcome": {},
        "seconds": 0.0,
    }


def _describe_session(
    network: Network, configuration: Configuration, samples: dict[str, SessionSamples]
) -> dict[str, Any]:
    """Return what is known of the population: cells by number, not where they look."""
    return {
        configuration.session: {
            "neurons": [str(number) for number in range(network.neurons)],
            "centres": [[None, None]] * network.neurons,
            "frame_shape": [1, network.height, network.width],
            "frame_rate_hz": configuration.dataset.describe()[configuration.session].frame_rate_hz,
            "response_kind": samples[configuration.session].recording.response_kind if samples else "",
            "bins": samples[configuration.session].dropped() if samples else {},
        }
    }
