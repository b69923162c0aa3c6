"""What else a finished run holds, for tests that write only what they are about."""

import numpy as np


def whole_part(arrays):
    """Return the arrays of a test part of a run, with those that are not given."""
    bins, neurons = arrays["prediction"].shape
    others = {
        "frame": np.arange(bins),
        "presentation": np.zeros(bins, dtype=int),
        "bin_duration_s": np.full(bins, 1 / 30),
        "baseline": np.ones(neurons),
    }
    return others | arrays


def whole_information(information):
    """Return what `run.json` says, with all that it always says."""
    configuration = {
        "variant": "ln",
        "dataset_name": "movie1",
        "dataset_table": "movie1",
        "fold": 0,
        "seed": 0,
    }
    configuration |= information["identity"]["configuration"]
    named = [str(configuration[name]) for name in ("variant", "dataset_name")]
    shown = {"frame_shape": [1, 5, 4], "frame_rate_hz": 30.0, "bins": {}}
    others = {
        "state": "finished",
        "name": "/".join([*named, f"fold{configuration['fold']}", f"seed{configuration['seed']}"]),
        "digest": "0",
        "data": {"source": "a test"},
        "parameters": 3,
    }
    data = {"checksum": "0"} | information.get("data", others["data"])
    sessions = {name: shown | session for name, session in information["sessions"].items()}
    return (
        others
        | information
        | {"identity": {"configuration": configuration}, "data": data, "sessions": sessions}
    )


def whole_scores(scores):
    """Return what `metrics.json` says, with all that it always says; what is not given is not defined."""
    names = ("correlation", "normalized_correlation", "max_correlation", "feve", "bits_per_spike")
    undefined = {"mean": None, "median": None}
    lists = {"cells": 3, "excluded": [], "failed": []}
    return (
        lists
        | {name: undefined | scores.get(name, {}) for name in names}
        | {name: value for name, value in scores.items() if name not in names}
    )
