"""What makes a run this run: its configuration, its data and its parts."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from sysid.provenance import Provenance

Identity = dict[str, Any]


def identity_of(configuration: dict[str, Any], provenance: Provenance, versions: dict[str, str]) -> Identity:
    """Return what a run's results depend on, as plain tables.

    Args:
        configuration: resolved, with qualified component names.
        provenance: of the data that are used, stand-in or not.
        versions: distribution → version of every package that a part came from.
    """
    return {
        "configuration": configuration,
        "data": provenance.checksum,
        "simulated": provenance.simulated,
        "versions": versions,
    }


def digest(identity: Identity) -> str:
    """Return 16 hexadecimal digits that change with anything in the identity."""
    text = json.dumps(identity, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def differences(old: Identity, new: Identity) -> list[str]:
    """Say in words what changed from one identity to another, most telling first."""
    lines = []
    if old.get("simulated") != new["simulated"]:
        lines.append(
            "real data instead of simulated" if old.get("simulated") else "simulated data instead of real"
        )
    elif old.get("data") != new["data"]:
        lines.append("other data")
    for package, version in new["versions"].items():
        before = old.get("versions", {}).get(package, "nothing")
        if before != version:
            lines.append(f"{package} {version} instead of {before}")
    before, after = dict(leaves(old.get("configuration", {}))), dict(leaves(new["configuration"]))
    paths = before.keys() | after.keys()
    for path in sorted(paths, key=lambda path: (not path.endswith("use"), path)):  # the others follow from it
        if before.get(path) != after.get(path):
            lines.append(f"{path} {_show(after.get(path))} instead of {_show(before.get(path))}")
    return lines


def _show(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, default=str)


def leaves(table: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values at the ends of nested tables, each with the path of keys that leads to it."""
    if isinstance(table, dict):
        for name, value in table.items():
            yield from leaves(value, f"{path}.{name}" if path else str(name))
    elif isinstance(table, list) and table and isinstance(table[0], dict):
        for number, value in enumerate(table):
            yield from leaves(value, f"{path}[{number}]")
    else:
        yield path, table
