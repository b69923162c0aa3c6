"""The report says what was run on which data and what came out, from the run folders alone."""

import html
import json
import re

import attrs
import numpy as np
import pytest

from sysid.bootstrap import Interval
from sysid.comparison import Difference
from sysid.control import Control
from sysid.errors import SysidError
from sysid.finished_run import read_finished
from sysid.report.page import write_number, write_page
from sysid.report.verdict import write_verdicts
from sysid.run_search import find_summaries
from sysid.summary import Row, score_rows
from tests.command_line import call
from tests.report_run import add_findings, make_run


def write(tmp_path, folders, summaries=(), name="report.html"):
    runs = [read_finished(folder) for folder in folders]
    return write_page(runs, score_rows(runs), tmp_path / name, summaries).read_text(encoding="utf-8")


def words(page):
    """Return what a reader sees, without the configuration and software at the end."""
    body = page[page.index("<body>") :]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def make_row(variant, estimate, *, dataset="movie", difference=None, controls=(), simulated=False):
    interval = Interval(estimate, 0.02, estimate - 0.04, estimate + 0.04, 0.95)
    against = None
    if difference is not None:
        low, middle, high = difference
        against = Difference("ln", Interval(middle, 0.01, low, high, 0.95))
    return Row(
        variant, dataset, simulated, 1, 1, 38, (), interval, (estimate,), (), 0.5, 0.97, 0.4, 0.1, 0.2,
        against, controls,
    )  # fmt: skip


def test_verdicts_name_the_best_model_its_score_and_the_data():
    first, second = write_verdicts([make_row("ln", 0.3), make_row("cnn", 0.4, difference=(0.05, 0.1, 0.15))])
    assert first == (
        "On movie (recorded responses of 38 cells) cnn predicts best: mean CC 0.400, 95 % interval 0.360 to "
        "0.440, of at most 0.970."
    )
    assert second.startswith("Against ln on movie, on the same bins and cells: higher: cnn (+0.100")


def test_verdicts_say_how_many_sessions_a_score_is_over():
    sessions = tuple(attrs.evolve(make_row("ln", 0.3), session=name) for name in "ab")
    (sentence,) = write_verdicts([attrs.evolve(make_row("ln", 0.3), sessions=sessions)])
    assert sentence.startswith("On movie (recorded responses of 38 cells in 2 sessions) ln predicts best: ")


def test_the_table_of_scores_has_a_line_for_each_session_below_that_of_all(tmp_path):
    run = read_finished(make_run(tmp_path, "ln"))
    (row,) = score_rows([run])
    sessions = tuple(attrs.evolve(row, session=name) for name in ("left", "right"))
    page = write_page([run], (attrs.evolve(row, sessions=sessions),), tmp_path / "r.html").read_text()
    places = re.findall(r'<td class="text">(movie[^ <]*)', page)
    assert places == ["movie", "movie/left", "movie/right"]
    assert page.count("<td>1,234</td>") == 1
    assert "below it one for each" in page
    assert "below it one for each" not in write_page([run], (row,), tmp_path / "s.html").read_text()


def test_verdicts_sort_models_by_what_chance_allows():
    rows = [
        make_row("ln", 0.3),
        make_row("worse", 0.2, difference=(-0.2, -0.1, -0.01)),
        make_row("alike", 0.31, difference=(-0.05, 0.01, 0.07)),
    ]
    sentence = write_verdicts(rows)[1]
    assert re.search(r"higher: none; lower: worse \(.*?\); ", sentence)
    assert "not to be told apart: alike (+0.010, 95 % interval −0.050 to 0.070). " in sentence


def test_verdicts_set_a_score_beside_its_controls_and_pass_over_these():
    control = Control("later", 19, 0.01, 0.02, 0.29, 0.03, 0.05)
    rows = [make_row("ln", 0.3, controls=(control,)), make_row("ln", 0.01, dataset="later-01")]
    sentences = write_verdicts(rows)
    assert sentences[1] == "ln on movie exceeds its control later by 0.290 ± 0.030 (p = 0.050)."
    assert len(sentences) == 2


def test_a_dataset_without_a_score_says_so():
    assert write_verdicts([make_row("ln", np.nan)]) == ("On movie no model has a score.",)


def test_the_page_opens_with_what_was_run_on_which_data(tmp_path):
    page = write(
        tmp_path, [make_run(tmp_path, "ln", simulated=False), make_run(tmp_path, "cnn", simulated=False)]
    )
    seen = words(page)
    order = ["A recipe <b>for</b> tests", "tiny", "the source of movie", "What came out", "predicts best"]
    places = [seen.index(each) for each in order]
    assert places == sorted(places)
    assert "SIMULATED" not in seen


def test_simulated_stands_across_the_top(tmp_path):
    page = write(tmp_path, [make_run(tmp_path, "ln")])
    assert words(page).startswith("SIMULATED: every response in this report was computed, none was recorded.")
    both = [make_run(tmp_path, "cnn"), make_run(tmp_path, "cnn", "other", simulated=False)]
    seen = words(write(tmp_path, both, name="both.html"))
    assert seen.startswith("SIMULATED: the responses of movie were computed, not recorded.")


def test_methods_have_configuration_versions_checksums_splits_and_who_is_left_out(tmp_path):
    seen = words(write(tmp_path, [make_run(tmp_path, "ln"), make_run(tmp_path, "cnn")]))
    for each in ('encoder.use "identity"', "python 3.11", "neural-sysid 0.1.0", "checksum abc", "a note"):
        assert each in seen
    assert "test bins 40 kept; dropped: 3 for want of history, 1 for sharing frames" in seen
    assert "session retina 3 neurons, frames of 5 × 4 px at 30 Hz" in seen


def test_an_analysis_shows_statements_numbers_and_pictures_in_the_page(tmp_path):
    run = make_run(tmp_path, "ln")
    add_findings(
        run.path / "analyses",
        "fields",
        [run],
        pictures=("map",),
        numbers={"half_width_px": 2.5},
        statements=["It is so."],
        tables=[{"file": "cells.csv", "caption": "one cell a row"}],
        beside_score={"shuffled": 0.01},
    )
    page = write(tmp_path, [run])
    seen = words(page)
    for each in ("It is so.", "half width px 2.500", "what map shows (Fig. 1)", "cells.csv", "shuffled"):
        assert each in seen
    assert page.count("data:image/png;base64,") == 2  # scores, map
    assert "http" not in page.replace("http-equiv", "")


def test_an_analysis_that_was_not_done_says_why_in_its_section(tmp_path):
    run = make_run(tmp_path, "ln")
    add_findings(run.path / "analyses", "fields", [run], reason="nothing was recorded")
    assert "fields Not done: nothing was recorded" in words(write(tmp_path, [run]))


def test_warnings_stand_at_the_top_and_in_their_section(tmp_path):
    run = make_run(tmp_path, "ln")
    add_findings(run.path / "analyses", "nulls", [run], warnings=["A null scores."])
    seen = words(write(tmp_path, [run]))
    assert seen.count("A null scores.") == 2
    assert seen.index("ln on movie: A null scores.") < seen.index("predicts best")


def test_a_comparison_of_other_runs_is_left_out(tmp_path):
    ln, cnn = make_run(tmp_path, "ln"), make_run(tmp_path, "cnn")
    summary = tmp_path / "summary"
    add_findings(summary / "analyses", "comparison", [ln, cnn], headlines=["One is better."])
    seen = words(write(tmp_path, [ln, cnn], [summary]))
    assert seen.count("One is better.") == 2  # at the top and in its section
    assert "Against" not in seen  # said once, by what adjusts for the number of pairs
    assert "One is better." not in words(write(tmp_path, [ln], [summary]))


def test_a_picture_that_is_gone_is_said_so(tmp_path):
    run = make_run(tmp_path, "ln")
    (add_findings(run.path / "analyses", "fields", [run], pictures=("map",)) / "map.png").unlink()
    assert "The picture map.png is not in" in words(write(tmp_path, [run]))


def test_names_are_shown_and_never_become_markup(tmp_path):
    run = make_run(tmp_path, "ln", neurons=("<script>alert(1)</script>", "b", "c"))
    scores = run.scores() | {"excluded": ["<script>alert(1)</script>"]}
    run.scores_file.write_text(json.dumps(scores), encoding="utf-8")
    page = write(tmp_path, [run])
    assert "<script" not in page
    assert "<script>alert(1)</script>" in words(page)


def test_the_same_runs_give_the_same_bytes(tmp_path):
    runs = [make_run(tmp_path, "ln"), make_run(tmp_path, "cnn")]
    assert write(tmp_path, runs) == write(tmp_path, runs, name="again.html")


def test_no_runs_are_an_error(tmp_path):
    with pytest.raises(SysidError, match="expected at least one finished run to report, got none"):
        write_page([], (), tmp_path / "report.html")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.12345, "0.123"),
        (3.0, "3"),
        (12345.0, "12,345"),
        (2e-5, "0.000"),
        (-2e-5, "0.000"),
        (-0.25, "−0.250"),
        (None, "–"),
        (np.nan, "–"),
        ("a", "a"),
    ],
)
def test_numbers_are_written_short(value, text):
    assert write_number(value) == text


def test_the_verb_writes_beside_what_it_is_about(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sysid.registry.discover", lambda *_: pytest.fail("a report needs no plugin"))
    run = make_run(tmp_path / "runs" / "tiny", "ln")
    make_run(tmp_path / "runs" / "tiny", "cnn")
    (tmp_path / "runs" / "tiny" / "summary").mkdir()
    assert call("report", "runs/tiny").out == "runs/tiny/summary/report.html\n"
    assert call("report", run.path).out.endswith("seed0/report.html\n")
    assert call("report", "runs/tiny/ln", "runs/tiny/cnn").out == "report.html\n"
    assert call("report", "runs/tiny", "--out", "mine.html").out == "mine.html\n"
    refused = call("report", "runs/tiny", "--out", "runs")
    assert (refused.code, refused.complaints) == (2, ["--out runs: expected a file, got a folder"])


def test_the_verb_replaces_a_report_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_run(tmp_path / "runs", "ln")
    assert call("report", "runs", "--out", "mine.html").code == 0
    assert call("report", "runs", "--out", "mine.html").code == 0
    (tmp_path / "other.html").write_text("<p>somebody's page</p>")
    for name, said in (
        ("recipe.toml", "expected a name that ends in .html"),
        ("other.html", "is there and no report of sysid; --overwrite replaces it"),
    ):
        refused = call("report", "runs", "--out", name)
        assert (refused.code, refused.complaints) == (2, [f"--out {name}: {said}"])
    assert (tmp_path / "other.html").read_text() == "<p>somebody's page</p>"
    assert call("report", "runs", "--out", "other.html", "--overwrite").code == 0


def test_runs_of_two_recipes_keep_the_analyses_of_both(tmp_path):
    folders = []
    for recipe, variant in (("one", "ln"), ("two", "cnn")):
        folders.append(make_run(tmp_path / recipe, variant))
        place = tmp_path / recipe / "summary" / "analyses"
        add_findings(place, "comparison", folders[-1:], headlines=[f"Said of {recipe}."])
    runs = [read_finished(folder) for folder in folders]
    page = write_page(runs, score_rows(runs), tmp_path / "r.html", find_summaries(runs)).read_text()
    assert "Said of one." in words(page)
    assert "Said of two." in words(page)
    assert len(set(re.findall(r'id="([^"]+)"', page))) == len(re.findall(r'id="([^"]+)"', page))


def test_a_derived_run_is_said_to_be_one(tmp_path):
    run = make_run(tmp_path, "ln", derived={"from": ["cnn/movie/fold0/seed0", "abc"], "kept": 2})
    assert "DERIVED from cnn/movie/fold0/seed0 by changed weights (kept 2)" in words(write(tmp_path, [run]))


def test_a_run_without_scores_is_reported_without_them(tmp_path):
    run = make_run(tmp_path, "imported", state="imported")
    for file in (run.scores_file, run.predictions_file):
        file.unlink()
    seen = words(write(tmp_path, [run]))
    assert "No run here has a score." in seen
    assert "not scored, as its recording was not on the machine" in seen


def test_what_lies_beside_a_score_is_averaged_over_the_runs_that_have_it(tmp_path):
    run = make_run(tmp_path, "ln")
    add_findings(run.path / "analyses", "one", [run], beside_score={"drift": 0.1})
    add_findings(run.path / "analyses", "two", [run], beside_score={"drift": 0.3})
    add_findings(run.path / "analyses", "three", [run], beside_score={"drift": None})
    page = write(tmp_path, [run])
    assert "<th>drift</th>" in page
    assert "<td>0.200</td>" in page


def test_warnings_of_many_runs_are_counted_at_the_top(tmp_path):
    runs = [make_run(tmp_path, f"v{number}") for number in range(5)]
    for run in runs:
        add_findings(run.path / "analyses", "nulls", [run], warnings=["A null scores: so it is."])
    seen = words(write(tmp_path, runs))
    top = seen[: seen.index("predicts best")]
    assert "A null scores: v0 on movie, v1 on movie, v2 on movie, v3 on movie, v4 on movie (nulls, in" in top
    assert seen.count("A null scores: so it is.") == 5


def test_draws_of_a_control_are_told_and_not_listed(tmp_path):
    runs = [make_run(tmp_path, "ln", noise_sd=0.5)]
    for draw in ("later-01", "later-02"):
        folder = make_run(tmp_path, "ln", draw, noise_sd=30.0, control_of="movie")
        information = folder.information()
        information["identity"]["configuration"]["dataset_table"] = "later"
        folder.run_file.write_text(json.dumps(information), encoding="utf-8")
        runs.append(folder)
    seen = words(write(tmp_path, runs))
    assert "ln on movie exceeds its control later by" in seen
    assert "ln on movie SIMULATED 1,234 parameters" in seen
    assert "later-01" not in seen


def test_the_report_says_why_there_are_no_bits_per_spike(tmp_path):
    folder = make_run(tmp_path, "ln")
    nothing = {"mean": None, "median": None, "cells": 0}
    scores = folder.scores() | {"bits_per_spike": nothing, "response_kind": "dF/F"}
    folder.scores_file.write_text(json.dumps(scores), encoding="utf-8")
    page = words(write(tmp_path, [folder]))
    assert "movie: no bits/spike, which are of spike counts: its responses are dF/F" in page
    assert "0.500 – 3 1,234" in page  # FEVE, bits/spike, cells, parameters
