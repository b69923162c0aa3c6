"""Recordings that lack something, from training to the report: defined results, and no warnings.

pytest makes every warning an error, also numpy's.
"""

import csv
import json
import math
import re
from pathlib import Path

import pytest

from tests.command_line import call
from tests.odd_recording import KINDS, PLUGIN

RECIPE = """\
# A recipe for odd recordings
{datasets}
[samples]
history = 4
[encoder]
use = "conv2d"
layers = [{{channels = 2, kernel_px = 3}}]
[training]
epochs = 1
batch_size = 16
threads = 1
{variants}
"""
DATASET = """
[datasets.{name}]
use = "acme:odd"
kind = "{kind}"
unit = "{unit}"
"""
DENSE = """
[variants.dense]
readout = {{use = "dense", {more}}}
"""
CLOSED = """
[variants.ln]
encoder = {{use = "identity"}}
readout = {{use = "window", window_px = 3, {more}}}
training = {{method = "least_squares"}}
"""
OTHERS = """
[variants.window]
encoder = {{use = "identity"}}
readout = {{use = "window", window_px = 3, {more}}}
[variants.factorized]
readout = {{use = "factorized", unknown_centre = "sta", {more}}}
[variants.gaussian]
readout = {{use = "gaussian", unknown_centre = "sta", {more}}}
[variants.lateral]
readout = {{use = "dense", lateral_group = 2, {more}}}
[variants.recurrent]
core = {{use = "lstm", hidden_units = 2}}
readout = {{use = "dense", {more}}}
"""
OF_COUNTS = """
[variants.feedback]
encoder = {use = "identity"}
readout = {use = "feedback", lags = 2, wrapped = {use = "dense"}}
[variants.glm]
encoder = {use = "identity"}
readout = {use = "glm", window_px = 3, lags = 3, bumps = 3}
samples = {trials = "single"}
"""
COMMON = (
    *("silent neuron", "constant neuron", "one spike", "flat test part", "one repeat", "millions"),
    *("grey stimulus", "masked in the test part", "one neuron", "one test bin"),
)
POISSON = 'loss = "poisson"'
SQUARES = 'loss = "mse", nonlinearity = "identity"'


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch, site):
    monkeypatch.chdir(tmp_path)
    site.install(PLUGIN)


def run(text):
    Path("odd.toml").write_text(text, encoding="utf-8")
    done = call("run", "odd.toml")
    assert done.code == 0, done.err
    return done


def check_results(done):
    folders = [file.parent for file in Path("runs").rglob("run.json")]
    assert folders
    for folder in folders:
        text = (folder / "metrics.json").read_text(encoding="utf-8")
        check_numbers(json.loads(text, parse_constant=refuse))
        check_table(folder / "neurons.csv")
    page = Path("runs/odd/summary/report.html").read_text(encoding="utf-8")
    words = re.sub(r"<[^>]*>", " ", re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL))
    for text in (words, done.out, done.err):
        assert not re.search(r"\b(nan|inf)\b", text, flags=re.IGNORECASE), text


def refuse(word):
    raise AssertionError(f"{word} in metrics.json is no JSON")


def check_numbers(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            check_numbers(each)
    elif isinstance(value, float):
        assert math.isfinite(value)


def check_table(file):
    with open(file, encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            for name, cell in row.items():
                if cell and name not in ("session", "neuron", "excluded", "simulated"):
                    assert math.isfinite(float(cell)), (row["neuron"], name)


def write(kinds, unit, variants, more):
    """Return a recipe of models on datasets, named after their kinds."""
    datasets = [DATASET.format(name=kind.replace(" ", "_"), kind=kind, unit=unit) for kind in kinds]
    return RECIPE.format(datasets="".join(datasets), variants="".join(variants).format(more=more))


def test_whatever_a_recording_lacks_results_are_defined():
    check_results(run(write(COMMON, "spikes", [DENSE, CLOSED], POISSON)))


@pytest.mark.slow
@pytest.mark.parametrize(("unit", "more"), [("spikes", POISSON), ("dF/F", SQUARES)])
def test_results_are_defined_with_every_readout_and_every_loss(unit, more):
    check_results(run(write(KINDS, unit, [DENSE, CLOSED, OTHERS], more)))


@pytest.mark.slow
def test_results_are_defined_with_readouts_that_are_of_counts():
    check_results(run(write(KINDS, "spikes", [OF_COUNTS.replace("{", "{{").replace("}", "}}")], "")))


ANALYSES = """
[analyses.{name}]
use = "{name}"
{keys}
"""
OWN_KEYS = {
    "complexity": "",
    "kernel_contribution": "",
    "kernel_indices": "",
    "kernels": "",
    "local_rf": "frames = 5",
    "model_rf": "windows = 200\nshuffles = 2",
    "null_controls": "draws = 19\nrefits = 1",
    "physiology": "",
    "pruning": "",
    "responses": "",
    "sta": "shifts = 9",
    "subunits": "",
    "comparison": "",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", COMMON)
def test_every_analysis_is_done_or_says_why_not(kind):
    tables = [ANALYSES.format(name=name, keys=keys) for name, keys in OWN_KEYS.items()]
    done = run(write([kind], "spikes", [DENSE, CLOSED], POISSON) + "".join(tables))
    for file in Path("runs").rglob("findings.json"):
        findings = json.loads(file.read_text(encoding="utf-8"))["findings"]
        assert "it broke" not in findings["reason"], (file, findings["reason"])
    check_results(done)
