"""An analysis that cannot be done says so in its section and stops nothing else."""

import json
from pathlib import Path

import pytest

from sysid.analysis_run import stored_findings
from tests.command_line import LINEAR, RELEASED, call, write_recipe, write_released

EVERYTHING = (
    *("complexity", "kernel_contribution", "kernel_indices", "kernels", "local_rf", "model_rf"),
    *("null_controls", "physiology", "pruning", "responses", "sta", "subunits"),
)
OWN_KEYS = {
    "model_rf": "windows = 200\nshuffles = 2",
    "null_controls": "draws = 19\nrefits = 1",
    "sta": "shifts = 9",
    "local_rf": "frames = 5",
    "kernel_contribution": "bins = 4",
    "physiology": 'drawn = 1\nspot_size = {sizes = 3}\nprotocols = ["omitted", "spot_size"]',
}
COMPARED = """
[analyses.comparison]
use = "comparison"
[analyses.power]
use = "power"
variant = "cnn"
against = "ln"
dataset = "movie"
simulations = 2
"""
SIMULATED = 'use = "simulated_retina"\nsize_px = 8\nneurons = 3\nframes = 160\n'
SILENT = SIMULATED + "mean_rate_hz = 1e-9\n"
ONE_TRIAL = SIMULATED + "train_repeats = 1\ntest_repeats = 1\n"


def ask_for_everything():
    tables = [f'[analyses.{name}]\nuse = "{name}"\n{OWN_KEYS.get(name, "")}\n' for name in EVERYTHING]
    return "\n".join([f"[variants.cnn]\n{LINEAR}", *tables, COMPARED])


def write_no_spikes():
    return write_recipe(SILENT, ask_for_everything())


def write_one_frame():
    recipe = write_recipe(SIMULATED, ask_for_everything())
    recipe.write_text(recipe.read_text().replace("history = 4", "history = 1"))
    return recipe


def write_no_repeats():
    return write_recipe(ONE_TRIAL, ask_for_everything())


def write_untrained():
    return write_recipe(SIMULATED, ask_for_everything(), training="learning_rate = 1e-12")


def write_no_fields():
    path = write_released("data").resolve()
    return write_recipe(RELEASED.format(path=path), ask_for_everything())


@pytest.mark.parametrize(
    "write", [write_no_spikes, write_one_frame, write_no_repeats, write_untrained, write_no_fields]
)
def test_what_cannot_be_done_says_why_and_the_rest_is_done(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = call("run", write())
    assert done.code == 0, done.err
    assert done.out.splitlines()[-1] == "report: runs/tiny/summary/report.html"
    page = Path("runs/tiny/summary/report.html").read_text(encoding="utf-8")
    folders = [file.parent for file in Path("runs").rglob("findings.json")]
    assert len(folders) == 2 * (len(EVERYTHING) - 2) + 4  # two variants; four analyses look at both
    for folder in folders:
        findings = stored_findings(folder).findings
        assert "it broke" not in findings.reason, (folder, findings.reason)
        assert findings.reason or findings.numbers, folder
        assert f">{folder.name}</h" in page
        if findings.reason:
            assert "\n" not in findings.reason


def test_silent_cells_are_given_as_the_reason(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call("run", write_no_spikes(), "--only", "ln/*")
    (folder,) = Path("runs").rglob("analyses/sta")
    stored = json.loads((folder / "findings.json").read_text())["findings"]
    assert "spike" in stored["reason"] + " ".join(stored["statements"])
