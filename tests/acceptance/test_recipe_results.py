"""What the shipped recipes must reach: known answers, in full runs of minutes (`pytest -m slow`)."""

import json
import resource
import subprocess
import sys
import time

import pytest

import sysid
from sysid.analysis_run import stored_findings
from tests.deposit import DEPOSIT, needs_deposit


@pytest.fixture
def _deposit(monkeypatch):
    monkeypatch.setenv("SYSID_DATA_DIR", str(DEPOSIT.parent))


def rows_of(result):
    return {(row.variant, row.dataset): row for row in result.summary.rows}


def controls_of(row):
    return {control.dataset: control for control in row.controls}


@pytest.mark.slow
def test_the_quick_subunit_recipe_runs(tmp_path):
    recipe = sysid.load_recipe("zheng2021_subunits", profile="quick")
    result = sysid.run(recipe, folder=tmp_path, only=("*/fig2/*",))
    rows = rows_of(result)
    assert result.simulated
    assert 0.7 < rows["ln", "fig2"].correlation.estimate < 0.92  # 24,000 frames; .82 to .92 in full
    assert result.analyses["subunits cnn/fig2/fold0/seed0"].numbers["subunits"] == 8


@pytest.mark.slow
@needs_deposit
@pytest.mark.usefixtures("_deposit")
def test_the_quick_section_recipe_runs_on_the_real_recording(tmp_path):
    command = [sys.executable, "-m", "sysid", "run", "salamander_sections", "--profile", "quick"]
    subprocess.run([*command, "--folder", str(tmp_path), "--quiet"], check=True)
    summary = tmp_path / "salamander_sections-quick" / "summary"
    rows = {
        (row["variant"], row["dataset"]): row for row in json.loads((summary / "summary.json").read_text())
    }
    ln = rows["ln", "movie1"]
    assert not ln["simulated"]
    assert ln["correlation"]["estimate"] >= 0.2
    assert {control["dataset"]: control for control in ln["controls"]}["movie1_later"]["difference"] >= 0.15
    assert ln["max_correlation"] >= 0.95
    onset = stored_findings(summary / "analyses" / "section_onset").findings
    assert {"movie1.chosen_s", "movie2.correlation_at_onset_of_movie1"} <= onset.numbers.keys()
    assert (summary / "report.html").is_file()


@pytest.mark.slow
@needs_deposit
@pytest.mark.usefixtures("_deposit")
def test_the_quick_profile_of_the_paper_reads_both_movies_of_the_real_recording(tmp_path):
    recipe = sysid.load_recipe("zheng2021_crnn", profile="quick", settings=["training.epochs=1"])
    result = sysid.run(recipe, folder=tmp_path, only=("ln/*", "crnn_lstm/*"))
    assert not result.simulated
    for name in ("movie1", "movie2"):
        information = result.folders[f"crnn_lstm/{name}/fold0/seed0"].information()
        assert information["simulated"] is False
        assert information["stands_in_for"] == ""
        assert information["data"]["doi"] == "10.5061/dryad.4ch10"


@pytest.mark.slow
@needs_deposit
@pytest.mark.usefixtures("_deposit")
def test_the_deposit_supports_what_it_is_said_to(tmp_path):
    started = time.monotonic()
    result = sysid.run(sysid.load_recipe("salamander_sections"), folder=tmp_path)
    assert time.monotonic() - started < 15 * 60
    rows = rows_of(result)
    for movie, least, above in (("movie1", 0.20, 0.15), ("movie2", 0.06, 0.06)):
        ln = rows["ln", movie]
        controls = controls_of(ln)
        assert ln.correlation.estimate >= least
        assert controls[f"{movie}_later"].difference >= above
        shuffled = controls[f"{movie}_shuffled"]
        assert shuffled.draws >= 19
        assert shuffled.p <= 0.05
        assert abs(shuffled.mean) <= 0.08
        assert ln.max_correlation >= 0.95
        for variant in ("ln", "cnn", "crnn_lstm"):
            assert abs(rows[variant, f"{movie}_later"].correlation.estimate) <= 0.08
    crnn = rows["crnn_lstm", "movie1"]
    assert crnn.seeds == 3
    assert crnn.correlation.estimate >= 0.12
    assert controls_of(crnn)["movie1_later"].difference >= 0.10


@pytest.mark.slow
def test_networks_find_the_subunits_that_a_linear_model_cannot(tmp_path):
    started = time.monotonic()
    result = sysid.run(sysid.load_recipe("zheng2021_subunits"), folder=tmp_path)
    assert time.monotonic() - started < 20 * 60
    rows = rows_of(result)
    assert 0.82 <= rows["ln", "fig2"].correlation.estimate <= 0.92
    for variant in ("cnn", "crnn"):
        name = f"{variant}/fig2/fold0/seed0"
        assert rows[variant, "fig2"].correlation.estimate >= 0.98
        assert result.folders[name].scores()["correlation"]["cells"] == 2
        assert result.folders[name].information()["outcome"]["epochs"] <= 60
        numbers = result.analyses[f"subunits {name}"].numbers
        assert numbers["matched"] == 8
        assert numbers["minimum_cosine"] >= 0.9
        assert numbers["minimum_temporal_cosine"] >= 0.9
        assert numbers["untrained_median"] < 0.6


@pytest.mark.slow
@needs_deposit
@pytest.mark.usefixtures("_deposit")
def test_an_epoch_at_paper_size_takes_less_than_6_gib(tmp_path):
    command = [sys.executable, "-m", "sysid", "run", "zheng2021_crnn", "--folder", str(tmp_path)]
    subprocess.run([*command, "--set", "training.epochs=1", "--only", "crnn_lstm/movie1/*"], check=True)
    peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert peak_kib < 6 * 2**20
