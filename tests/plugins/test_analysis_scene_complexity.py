"""The analysis `complexity`, on runs of a recipe."""

import csv
from pathlib import Path

import numpy as np
import pytest

from sysid import RunFolder
from sysid.run_folder import open_folder
from sysid_analyses.complexity import temporal_complexity
from sysid_analyses.hooks import sysid_analyses
from sysid_analyses.scenes import scene_complexity
from sysid_analyses.scenes.cell_score import gather_scores
from sysid_analyses.scenes.scene_complexity import SceneComplexity
from sysid_datasets.simulated_retina import SimulatedRetina
from tests.command_line import call

RECIPE = """\
[datasets.still]
use = "simulated_retina"
stimulus = "natural_movie"
size_px = {size}
neurons = 8
frames = 120

[datasets.noise]
use = "simulated_retina"
stimulus = "white_noise"
size_px = {size}
neurons = 8
frames = 120

[datasets.control]
use = "simulated_retina"
size_px = {size}
neurons = 8
frames = 120
seed = 3
control_of = "still"

[samples]
history = 4
[encoder]
use = "identity"
[readout]
use = "window"
window_px = 3
[training]
method = "least_squares"
threads = 1
[variants.narrow]
[variants.wide]
readout = {{window_px = 5}}
"""

CONFIG = SceneComplexity(every=3, draws=100, block_s=0.5)


def run_recipe(folder, size):
    """Run a small recipe in `folder`, which is where the command is at work."""
    Path("tiny.toml").write_text(RECIPE.format(size=size), encoding="utf-8")
    assert call("run", "tiny.toml", "--quiet").code == 0
    return tuple(RunFolder(path) for path in sorted((folder / "runs" / "tiny").glob("*/*/fold0/seed0")))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("complexity")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield run_recipe(folder, 21)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("findings")


@pytest.fixture(scope="module")
def findings(runs, folder):
    return CONFIG.analyze(runs, folder)


@pytest.fixture
def _without_figures(monkeypatch):
    monkeypatch.setattr(scene_complexity, "save_figures", lambda *_: ())


def read_rows(file):
    with open(file, newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_it_is_registered():
    assert sysid_analyses()["complexity"] is SceneComplexity
    assert SceneComplexity.scope == "recipe"


def test_it_measures_every_movie_and_leaves_controls_out(findings, folder):
    recording = SimulatedRetina(stimulus="white_noise", size_px=21, neurons=8, frames=120).load()["retina"]
    movies = [each.stimulus[:, 0] for each in recording.presentations]
    expected = np.concatenate([temporal_complexity(movie, 7, every=3) for movie in movies])
    assert findings.numbers["noise.temporal"] == pytest.approx(expected.mean())
    rows = read_rows(folder / "scenes.csv")
    assert [(row["dataset"], row["kind"]) for row in rows] == [
        *(("noise", "spatial"), ("noise", "temporal"), ("still", "spatial"), ("still", "temporal"))
    ]
    assert {(row["patch_px"], row["height_px"], row["skipped_frames"]) for row in rows} == {("7", "21", "0")}
    assert float(rows[1]["complexity"]) == pytest.approx(expected.mean(), rel=1e-5)


def test_it_compares_the_movies(findings, folder):
    numbers = findings.numbers
    difference = numbers["still_minus_noise.spatial"]
    assert difference == pytest.approx(numbers["still.spatial"] - numbers["noise.spatial"])
    assert numbers["still_minus_noise.spatial_low"] < difference < numbers["still_minus_noise.spatial_high"]
    row = read_rows(folder / "differences.csv")[0]
    assert (row["scene"], row["other"], row["kind"]) == ("still", "noise", "spatial")
    assert float(row["scene_minus_other"]) == pytest.approx(difference, rel=1e-5)
    assert "noise (simulated)" in findings.headlines[0]
    assert "still (simulated)" in findings.headlines[0]


def test_it_relates_every_variant_to_complexity(findings, folder):
    relations = read_rows(folder / "relations.csv")
    assert {(row["dataset"], row["variant"]) for row in relations} == {
        (dataset, variant) for dataset in ("still", "noise") for variant in ("narrow", "wide")
    }
    best = findings.numbers["noise.best_variant"]
    rho = {(row["dataset"], row["variant"], row["kind"]): row["rho"] for row in relations}
    assert float(rho["noise", best, "spatial"]) == pytest.approx(
        findings.numbers["noise.spatial_rho"], rel=1e-5
    )
    cells = read_rows(folder / "cells.csv")
    assert len(cells) == 2 * 2 * 8
    assert any("Fields are discs around known centres." in each for each in findings.statements)


def test_files_hold_maps_and_the_cc_of_patches(findings, folder):
    with np.load(folder / "complexity.npz", allow_pickle=False) as arrays:
        assert arrays["still/spatial"].shape == (3, 3)
        assert arrays["still/spatial_by_frame"].shape == (34 + 7,)  # 100 and 20 frames, every third
        assert arrays["still/correlation/wide"].shape == (3, 3)
        assert arrays["still/temporal"].mean() == pytest.approx(findings.numbers["still.temporal"])
    for picture in findings.pictures:
        assert (folder / f"{picture.stem}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (folder / f"{picture.stem}.svg").read_text(encoding="utf-8")
    assert [table.file for table in findings.tables] == [
        *("scenes.csv", "differences.csv", "relations.csv", "cells.csv")
    ]


@pytest.mark.usefixtures("_without_figures")
def test_one_seed_gives_the_same_numbers(runs, findings, tmp_path):
    assert CONFIG.analyze(runs, tmp_path).numbers == findings.numbers


@pytest.mark.usefixtures("_without_figures")
def test_chosen_variants_only(runs, tmp_path):
    SceneComplexity(every=20, draws=100, variants=("wide",)).analyze(runs, tmp_path)
    assert {row["variant"] for row in read_rows(tmp_path / "cells.csv")} == {"wide"}


def test_without_receptive_fields_the_rest_stands(runs, tmp_path):
    findings = SceneComplexity(every=20, draws=100, variants=("absent",)).analyze(runs, tmp_path)
    assert [picture.stem for picture in findings.pictures] == ["complexity_maps", "complexity_scatter"]
    assert findings.statements[-1] == (
        "Complexity is not related to CC in noise (simulated) and still (simulated): no receptive field of a "
        "scored cell is known."
    )
    assert not (tmp_path / "cells.csv").exists()


def test_frames_too_small_for_patches_are_a_reason(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    findings = SceneComplexity().analyze(run_recipe(tmp_path, 8), tmp_path)
    why = (
        "its frames of 8 × 8 px hold fewer than 2 × 2 patches of 7 px, as wide as a window of structural "
        "similarity"
    )
    assert findings.reason == f"there is no movie to measure (noise: {why}; still: {why})"
    assert not list(tmp_path.glob("*.csv"))


def test_scores_are_averaged_over_folds_and_seeds(tmp_path):
    def write(name, rows, control_of=None):
        variant, dataset, *_ = name.split("/")
        configuration = {"variant": variant, "dataset_name": dataset}
        folder = RunFolder(tmp_path / name)
        information = {"digest": name, "identity": {"configuration": configuration}, "control_of": control_of}
        open_folder(folder, information, "text")
        lines = ["session,neuron,correlation,excluded", *rows]
        folder.neurons_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return folder

    runs = [
        write("ln/a/fold0", ["one,x,.2,", "one,y,,", "one,z,,constant response"]),
        write("ln/a/fold1", ["one,x,.4,", "one,y,.5,", "one,z,,constant response"]),
        write("cnn/a/fold0", ["one,x,.6,"]),
        write("ln/late/fold0", ["one,x,.9,"], control_of="a"),
    ]
    scores = gather_scores(runs, None)
    assert list(scores) == [("a", "one")]
    assert scores["a", "one"]["ln"] == {"x": pytest.approx(0.3), "y": 0.25}  # a constant prediction counts 0
    assert scores["a", "one"]["cnn"] == {"x": 0.6}
    assert list(gather_scores(runs, ("cnn",))["a", "one"]) == ["cnn"]
