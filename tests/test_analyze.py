"""`sysid analyze`: analyses on runs that are finished, asked for by the recipe or not."""

import json
from pathlib import Path

import pytest

import sysid
from sysid_analyses.fields.data_rf import SpikeTriggeredAverage
from tests.command_line import LINEAR, SIMULATED, call, write_recipe

ASKED = """
[analyses.found]
use = "subunits"
only = ["cnn/*"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The runs of two variants, one of which was analysed."""
    place = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert call("run", write_recipe(SIMULATED, f"[variants.cnn]\n{LINEAR}{ASKED}")).code == 0
    return place / "runs/tiny"


def place_of(folder, variant, name):
    return folder / variant / "movie-simulated/fold0/seed0/analyses" / name


def test_a_run_gets_no_analysis_that_was_not_asked_for(folder):
    assert place_of(folder, "cnn", "found").is_dir()
    assert not place_of(folder, "ln", "found").parent.exists()


def test_without_names_it_is_what_the_recipe_asked_for(folder):
    before = (place_of(folder, "cnn", "found") / "findings.json").stat().st_mtime_ns
    assert list(sysid.analyze(folder)) == ["found cnn/movie/fold0/seed0"]
    assert (place_of(folder, "cnn", "found") / "findings.json").stat().st_mtime_ns == before
    sysid.analyze(folder, again=True)
    assert (place_of(folder, "cnn", "found") / "findings.json").stat().st_mtime_ns > before


def test_a_component_by_its_name_works_on_any_run(folder):
    findings = sysid.analyze(folder, ["subunits"], settings=["threshold=0.5"])
    assert list(findings) == ["subunits cnn/movie/fold0/seed0", "subunits ln/movie/fold0/seed0"]
    assert findings["subunits ln/movie/fold0/seed0"].reason == "the encoder has no kernels"
    stored = json.loads((place_of(folder, "cnn", "subunits") / "findings.json").read_text())
    assert stored["about"]["configuration"]["threshold"] == 0.5


def test_one_run_is_enough(folder):
    run = folder / "cnn/movie-simulated/fold0/seed0"
    assert list(sysid.analyze(run, ["subunits"])) == ["subunits cnn/movie/fold0/seed0"]


def test_the_report_that_is_there_is_made_anew(folder):
    report = folder / "summary/report.html"
    report.write_text("old")
    done = call("analyze", folder, "found")
    assert done.code == 0
    assert done.out.splitlines()[-1].endswith("summary/report.html")
    assert "What came out" in report.read_text()


def test_an_analysis_that_says_why_it_finds_nothing_has_a_result(folder):
    done = call("analyze", folder / "ln", "subunits")
    assert done.code == 0
    assert "subunits ln/movie/fold0/seed0: not done: the encoder has no kernels" in done.out


def test_an_analysis_that_breaks_off_is_a_failure_and_takes_no_other_with_it(folder, monkeypatch):
    def break_off(*_):
        raise sysid.SysidError("recording.nwb: no such file")

    monkeypatch.setattr(SpikeTriggeredAverage, "analyze", break_off)
    done = call("analyze", folder / "cnn", "sta", "subunits")
    assert done.code == 2
    assert done.complaints[-1] == "sta cnn/movie/fold0/seed0: failed: recording.nwb: no such file"
    assert "failed" not in done.out
    assert "subunits cnn/movie/fold0/seed0: " in done.out


@pytest.mark.parametrize(
    ("names", "settings", "message"),
    [
        (["subunit"], [], 'unknown analysis "subunit"; did you mean "subunits"?'),
        (["foud"], [], 'unknown analysis "foud"; the analyses are '),
        (
            [],
            ["threshold=0.5"],
            "--set threshold=0.5: expected the name of the analysis that it is for, got none",
        ),
        (["found"], ["threshold=3"], "found.threshold: expected at most 1, got 3.0"),
        (["found"], ["treshold=1"], 'found.treshold: unknown key; did you mean "threshold"?'),
    ],
)
def test_a_mistake_is_one_line(folder, names, settings, message):
    with pytest.raises(sysid.SysidError) as error:
        sysid.analyze(folder, names, settings=settings)
    assert str(error.value).startswith(message)


def test_runs_that_asked_for_nothing_say_so(folder):
    with pytest.raises(sysid.SysidError, match="the recipe of these runs asks for no analyses; name some"):
        sysid.analyze(folder / "ln")


def test_a_comparison_needs_the_runs_of_a_recipe(tmp_path, folder):
    run = tmp_path / "alone"
    run.symlink_to(folder / "cnn/movie-simulated/fold0/seed0")
    moved = tmp_path / "copied"
    moved.mkdir()
    for file in ("run.json", "best.safetensors", "metrics.json", "predictions.npz"):
        (moved / file).write_bytes((run / file).read_bytes())
    settings = ['variant="cnn"', 'datasets=["a", "b"]', "candidates_s=[1.0]"]
    with pytest.raises(sysid.SysidError, match="it looks at all runs of one recipe; name the folder"):
        sysid.analyze(moved, ["section_onset"], settings=settings)


def test_what_was_found_on_a_whole_recipe_is_not_lost_to_some_of_its_runs(folder):
    whole = sysid.analyze(folder, ["kernel_indices"])["kernel_indices"]
    stored = (folder / "summary/analyses/kernel_indices/findings.json").read_bytes()
    with pytest.raises(
        sysid.SysidError, match="kernel_indices: it looks at all runs of one recipe; name the"
    ):
        sysid.analyze(folder / "cnn", ["kernel_indices"])
    assert list(sysid.analyze(folder / "cnn")) == ["found cnn/movie/fold0/seed0"]
    assert (folder / "summary/analyses/kernel_indices/findings.json").read_bytes() == stored
    assert whole.numbers or whole.reason
