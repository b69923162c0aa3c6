"""Finished runs made by hand, for tests of what is said about them."""

import numpy as np
from PIL import Image

from sysid.atomic import write_json
from sysid.run_folder import RunFolder

BINS, REPEATS = 40, 4


def make_run(top, variant, dataset="movie", *, noise_sd=1.0, neurons=("a", "b", "c"), **changes):
    """Write a finished run of one session below `top`, as `sysid run` leaves it."""
    simulated = changes.pop("simulated", True)
    properties = changes.pop("properties", {})
    place = dataset + ("-simulated" if simulated else "")
    folder = RunFolder(top / variant / place / "fold0" / "seed0")
    folder.path.mkdir(parents=True)
    generator = np.random.default_rng(len(variant))
    responses = np.random.default_rng(0).poisson(3.0, (REPEATS, BINS, len(neurons))).astype(np.float32)
    prediction = responses.mean(axis=0) + noise_sd * generator.standard_normal((BINS, len(neurons)))
    arrays = {
        "responses": responses,
        "prediction": prediction.astype(np.float32),
        "block": np.arange(BINS) // 4,
        "frame": np.arange(BINS),
        "presentation": np.zeros(BINS, dtype=int),
        "bin_duration_s": np.full(BINS, 1 / 30),
        "baseline": np.full(len(neurons), 3.0),
    }
    np.savez(folder.predictions_file, **{f"retina/{name}": values for name, values in arrays.items()})
    score = {"mean": 0.5, "median": 0.5}
    names = ("correlation", "normalized_correlation", "max_correlation", "feve", "bits_per_spike")
    about = {"cells": len(neurons), "excluded": [], "failed": [], "population_correlation": 0.25}
    write_json(folder.scores_file, {name: score for name in names} | about)
    folder.recipe_file.write_text("# A recipe <b>for</b> tests\n", encoding="utf-8")
    configuration = {"variant": variant, "dataset_name": dataset, "dataset_table": dataset}
    configuration |= {"fold": 0, "seed": 0, "encoder": {"use": "identity"}}
    counts = {"kept": 40, "dropped_for_history": 3, "dropped_for_leakage": 1}
    session = {
        "neurons": list(neurons),
        "frame_shape": [1, 5, 4],
        "frame_rate_hz": 30.0,
        "bins": {"test": counts},
        "properties": properties,
    }
    information = {
        "state": "finished",
        "name": f"{variant}/{dataset}/fold0/seed0",
        "recipe": "tiny",
        "profile": None,
        "settings": [],
        "digest": f"digest of {variant}",
        "identity": {"configuration": configuration, "versions": {"neural-sysid": "0.1.0"}},
        "simulated": simulated,
        "data": {"source": f"the source of {dataset}", "checksum": "abc", "notes": ["a note"]},
        "sessions": {"retina": session},
        "parameters": 1234,
        "seconds": 2.0,
        "outcome": {"best_epoch": 3},
        "versions": {"python": "3.11"},
        "device": "cpu",
        "threads": 1,
    }
    write_json(folder.run_file, information | changes)
    return folder


def add_findings(top, name, runs, *, pictures=(), **findings):
    """Write the findings of an analysis, with a picture for every stem."""
    folder = top / name
    folder.mkdir(parents=True)
    for stem in pictures:
        Image.new("RGB", (4, 3)).save(folder / f"{stem}.png")
    empty = {
        "numbers": {},
        "headlines": [],
        "statements": [],
        "warnings": [],
        "beside_score": {},
        "tables": [],
        "reason": "",
    }
    shown = [{"stem": stem, "caption": f"what {stem} shows", "answers": "Fig. 1"} for stem in pictures]
    identities = [[run.information()["name"], run.information()["digest"]] for run in runs]
    about = {"use": name, "runs": identities}
    content = {"about": about, "failed": False, "findings": empty | {"pictures": shown} | findings}
    write_json(folder / "findings.json", content)
    return folder
