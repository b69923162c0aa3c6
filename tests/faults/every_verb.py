"""Run every verb of the command once: `python -m tests.faults.every_verb FOLDER` prints what came of each."""

import contextlib
import json
import sys
from pathlib import Path

import numpy as np

from sysid.command.main import cli
from tests.command_line import LINEAR, call, write_recipe
from tests.keras_network import Size, make_network, write_files
from tests.small_nwb import make_small_file

LN = "runs/tiny/ln/movie-simulated/fold0/seed0"
ANALYSIS = '[analyses.responses]\nuse = "responses"\n'
VERBS = {
    "recipes": [("recipes",)],
    "list": [("list",)],
    "show": [("show", "core:lstm")],
    "plugins": [("plugins",)],
    "doctor": [("doctor",)],
    "check": [("check", "tiny.toml")],
    "run": [("run", "tiny.toml", "--jobs", 2), ("run", "tiny.toml")],
    "analyze": [("analyze", LN, "--again")],
    "report": [("report", "runs/tiny")],
    "predict": [("predict", LN, "--stimulus", "movie.npy", "--out", "rates.npy")],
    "export-nwb": [("export-nwb", LN, "--out", "run.nwb")],
    "inspect": [("inspect", "own.nwb", "--write", "own.toml")],
    "convert": [("convert", "simulated_retina", "--set", "frames=120", "--out", "made.nwb")],
    "import-keras": [("import-keras", "architecture.json", "weights.h5", "--out", "imported")],
    "verify": [("verify", LN)],
}
NETWORK = {"fetch"}  # the one verb that may ask for something


def main() -> None:
    """Run all verbs in a folder and print, as JSON, exit codes and standard error by command line."""
    with contextlib.chdir(sys.argv[1]):
        write_recipe(more=f"[variants.cnn]\n{LINEAR}{ANALYSIS}")
        np.save("movie.npy", np.zeros((9, 8, 8), np.uint8))
        make_small_file().write(Path("own.nwb"))
        write_files(make_network("cnn", Size()), Path())
        told = {}
        for verb, calls in VERBS.items():
            for arguments in calls if verb in cli.commands else ():
                outcome = call(*arguments)
                told[" ".join(map(str, arguments))] = (outcome.code, outcome.err)
        print(json.dumps(told))


if __name__ == "__main__":
    main()
