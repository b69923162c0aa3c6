"""What a reader of `run.json` and `metrics.json` counts on: a folder may come from anybody."""

from pathlib import Path
from typing import Any

from sysid.errors import SysidError
from sysid.file_name import is_file_name
from sysid.stored_shape import (
    FLAG,
    NUMBER,
    NUMBER_OR_NONE,
    TABLE,
    TEXT,
    TEXT_OR_NONE,
    WHOLE,
    listing,
    table,
    tables,
)

PART = table({name: TEXT for name in ("kind", "use", "package", "version")})
BINS = table({name: WHOLE for name in ("kept", "dropped_for_history", "dropped_for_leakage")})
SESSION = table(
    {
        "neurons": listing(TEXT),
        "frame_shape": listing(WHOLE, 3),
        "frame_rate_hz": NUMBER,
        "bins": tables(BINS),
    },
    {
        "centres": listing(listing(NUMBER_OR_NONE, 2)),
        "response_kind": TEXT,
        "behaviour": listing(TEXT),
        "properties": tables(listing(TEXT)),
    },
)
CONFIGURATION = table(
    {"variant": TEXT, "dataset_name": TEXT, "dataset_table": TEXT, "fold": WHOLE, "seed": WHOLE},
    {name: TABLE for name in ("dataset", "samples", "encoder", "core", "readout", "training")},
)
DATA = table(
    {"source": TEXT, "checksum": TEXT},
    {"doi": TEXT_OR_NONE, "licence": TEXT_OR_NONE, "notes": listing(TEXT)},
)
RUN = table(
    {
        "name": TEXT,
        "digest": TEXT,
        "identity": table({"configuration": CONFIGURATION}, {"versions": tables(TEXT)}),
        "simulated": FLAG,
        "data": DATA,
        "sessions": tables(SESSION),
        "parameters": WHOLE,
    },
    {
        "recipe": TEXT_OR_NONE,
        "profile": TEXT_OR_NONE,
        "settings": listing(TEXT),
        "control_of": TEXT_OR_NONE,
        "published": listing(table({"correlation": NUMBER, "source": TEXT})),
        "stands_in_for": TEXT_OR_NONE,
        "dataset_paths": TABLE,
        "parts": tables(PART),
        "analysis_parts": tables(PART),
        "threads": WHOLE,
        "versions": tables(TEXT),
        "git_commit": TEXT,
        "seconds": NUMBER,
        "finished_at": TEXT,
        "outcome": table({}, {"best_epoch": WHOLE}),
        "derived": table({"from": listing(TEXT)}),
    },
)
MEAN = table({"mean": NUMBER_OR_NONE, "median": NUMBER_OR_NONE})
POOLED = {
    **{name: MEAN for name in ("correlation", "normalized_correlation", "max_correlation", "feve")},
    "bits_per_spike": MEAN,
    "cells": WHOLE,
    "excluded": listing(TEXT),
    "failed": listing(TEXT),
}
MORE_SCORES = {
    "population_correlation": NUMBER_OR_NONE,
    "not_recorded": listing(TEXT),
    "response_kind": TEXT,
}
SCORES = table(POOLED, MORE_SCORES | {"sessions": tables(table(POOLED, MORE_SCORES))})


def check_information(file: Path, information: dict[str, Any]) -> dict[str, Any]:
    """Return what `run.json` holds, if it is what its readers count on.

    Raises:
        SysidError: an entry is missing or of another kind; or a session's name could lead out of a folder.
    """
    RUN(information, str(file))
    for name, session in information["sessions"].items():
        if not is_file_name(name) or "." in name:  # nor can a part of a model have a point in its name
            raise SysidError(f'{file}: sessions: expected names that files can have, got "{name}"')
        count = len(session["neurons"])
        for what, entries in {"centres": session.get("centres"), **session.get("properties", {})}.items():
            if entries is not None and len(entries) != count:
                raise SysidError(
                    f"{file}: sessions.{name}: {what}: expected {count} entries, one per neuron, "
                    f"got {len(entries)}"
                )
    if not information["sessions"]:
        raise SysidError(f"{file}: sessions: expected at least one, got none")
    return information


def check_scores(file: Path, scores: dict[str, Any]) -> dict[str, Any]:
    """Return what `metrics.json` holds, if it is what its readers count on.

    Raises:
        SysidError: an entry is missing or of another kind.
    """
    SCORES(scores, str(file))
    return scores
