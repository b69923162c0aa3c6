"""What `run.json` says of a run before its first step."""

import importlib.metadata
import platform
from pathlib import Path
from typing import Any

import attrs

from sysid.data_path import PATHS, paths_of
from sysid.device import describe_device
from sysid.identity import Identity, digest
from sysid.model import count_parameters
from sysid.neuron_property import PROPERTIES, shared_words
from sysid.part_origin import PARTS, origins_of
from sysid.preparation import Prepared
from sysid.purpose import purpose_of
from sysid.recipe import Recipe
from sysid.source import Source


def describe_run(prepared: Prepared, source: Source, identity: Identity, recipe: Recipe) -> dict[str, Any]:
    """Return what `run.json` says before the first step."""
    plan = prepared.plan
    return {
        "state": "begun",
        "name": plan.name,
        "recipe": recipe.name,
        "profile": recipe.profile,
        "settings": list(recipe.settings),
        "identity": identity,
        "digest": digest(identity),
        "simulated": source.provenance.simulated,
        "stands_in_for": source.stands_in_for,
        **purpose_of(plan, recipe),
        "data": attrs.asdict(source.provenance),
        PATHS: paths_of(source.dataset),
        PARTS: origins_of({"dataset": source.component, **plan.components}),
        "sessions": {
            session: {
                "neurons": list(population.ids),
                "centres": population.centres.tolist(),
                "frame_shape": list(samples.recording.frame_shape),
                "frame_rate_hz": samples.recording.frame_rate_hz,
                "response_kind": samples.recording.response_kind,
                "behaviour": list(population.behaviour),
                PROPERTIES: shared_words(samples.recording.neurons),
                "bins": samples.dropped(),
            }
            for (session, samples), population in zip(
                prepared.sessions.items(), prepared.populations.values(), strict=True
            )
        },
        "parameters": count_parameters(prepared.model),
        "device": describe_device(prepared.device),
        "threads": plan.training.threads,
        "processes": 1,
        "versions": software_versions(),
        "git_commit": git_commit(recipe.path),
    }


def software_versions() -> dict[str, str]:
    """Return the versions of what computed a result."""
    packages = ("neural-sysid", "torch", "numpy", "scipy", "pluggy", "attrs")
    return {"python": platform.python_version()} | {
        package: importlib.metadata.version(package) for package in packages
    }


def git_commit(file: Path) -> str:
    """Return the commit that the recipe's folder is at, or nothing where it is not in a git checkout."""
    for folder in file.resolve().parents:
        head = folder / ".git" / "HEAD"
        if head.is_file():
            text = head.read_text(encoding="utf-8").strip()
            target = folder / ".git" / text.removeprefix("ref: ")
            if not text.startswith("ref: "):
                return text
            return target.read_text(encoding="utf-8").strip() if target.is_file() else ""
    return ""
