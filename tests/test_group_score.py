"""Neurons are put into groups by what is said of them, and the groups' scores are described."""

import csv
import io

import numpy as np
import pytest

from sysid.cell_score import cell_scores
from sysid.errors import SysidError
from sysid.finished_run import read_finished
from sysid.group_score import group_csv, group_tables, spread_of
from sysid.report.page import write_page
from sysid.run_search import find_summaries
from sysid.summary import score_rows
from tests.command_line import call
from tests.report_run import add_findings, make_run

IDS = tuple("abcdefg")
POLARITY = ["ON", "OFF", "ON", "OFF", "ON", "", "ON"]


@pytest.fixture
def seven():
    """Runs of seven neurons, of which one has no polarity."""
    return {"neurons": IDS, "properties": {"polarity": POLARITY}}


def tables_of(*folders, by=()):
    return group_tables([read_finished(folder) for folder in folders], by)


def test_each_group_has_median_and_quartiles_of_its_own_neurons(tmp_path, seven):
    folder = make_run(tmp_path, "ln", **seven)
    (table,) = tables_of(folder)
    assert table.column == "polarity"
    assert [line.group for line in table.lines] == ["OFF", "ON", ""]
    scores = cell_scores([read_finished(folder)])["correlation"]
    spread = table.lines[1].measures["correlation"]
    expected = np.quantile([scores["retina", cell] for cell in "aceg"], [0.25, 0.5, 0.75])
    np.testing.assert_allclose((spread.lower_quartile, spread.median, spread.upper_quartile), expected)
    assert [line.measures["correlation"].cells for line in table.lines] == [2, 4, 1]


def test_every_variant_has_its_groups(tmp_path, seven):
    (table,) = tables_of(make_run(tmp_path, "ln", **seven), make_run(tmp_path, "cnn", **seven))
    assert [(line.variant, line.group) for line in table.lines] == [
        (variant, group) for variant in ("ln", "cnn") for group in ("OFF", "ON", "")
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["ON"] * 7,  # one group
        ["ON", "ON", "ON", "ON", "ON", "ON", "OFF"],  # a group of one neuron
        [""] * 7,
    ],
)
def test_a_column_that_makes_no_groups_is_shown_only_when_it_is_asked_for(tmp_path, seven, words):
    folder = make_run(tmp_path, "ln", neurons=IDS, properties={"type": words})
    assert tables_of(folder) == ()
    (table,) = tables_of(folder, by=("type",))
    assert sum(line.measures["correlation"].cells for line in table.lines) == 7


def test_more_than_twelve_groups_are_not_shown_unasked(tmp_path):
    for amount, shown in ((12, 1), (13, 0)):
        words = [f"type {number % amount}" for number in range(26)]
        neurons = [str(number) for number in range(26)]
        folder = make_run(tmp_path / str(amount), "ln", neurons=neurons, properties={"type": words})
        assert len(tables_of(folder)) == shown


def test_a_column_that_no_run_has_is_refused_with_those_that_there_are(tmp_path, seven):
    folder = make_run(tmp_path, "ln", **seven)
    with pytest.raises(SysidError) as error:
        tables_of(folder, by=("polarty",))
    assert str(error.value) == ('--by: expected one of "polarity", got "polarty"; did you mean "polarity"?')


def test_where_nothing_is_known_of_neurons_the_refusal_says_so(tmp_path):
    with pytest.raises(SysidError) as error:
        tables_of(make_run(tmp_path, "ln"), by=("area",))
    assert str(error.value) == (
        '--by: expected a property of the neurons, of which these runs name none in words, got "area"'
    )


def add_table(folder, text, name="sta"):
    tables = [{"file": "cells.csv", "caption": "one neuron a row"}]
    place = add_findings(folder.path / "analyses", name, [folder], tables=tables)
    (place / "cells.csv").write_text(text, encoding="utf-8")


def test_the_polarity_of_an_analysis_stands_in_where_the_recording_has_none(tmp_path, seven):
    first = make_run(tmp_path, "ln", neurons=IDS)
    rows = "".join(f"{cell},{word},x\n" for cell, word in zip(IDS, POLARITY, strict=True))
    add_table(first, f"neuron,polarity,other\n{rows}")
    (table,) = tables_of(first, make_run(tmp_path, "cnn", neurons=IDS))
    assert table.column == "sta.polarity"
    assert {line.variant for line in table.lines} == {"ln", "cnn"}  # what is said of the data holds for both


def test_the_polarity_of_an_analysis_is_not_shown_beside_that_of_the_recording(tmp_path, seven):
    folder = make_run(tmp_path, "ln", **seven)
    add_table(folder, "neuron,polarity\n" + "".join(f"{cell},ON\n" for cell in IDS))
    assert [table.column for table in tables_of(folder)] == ["polarity"]
    assert [table.column for table in tables_of(folder, by=("sta.polarity",))] == ["polarity", "sta.polarity"]


def test_what_analyses_say_of_neurons_in_numbers_is_described_as_well(tmp_path, seven):
    folder = make_run(tmp_path, "ln", **seven)
    add_table(folder, "neuron,latency_ms\na,10\nb,70\nc,30\nd,80\n", "look")
    (table,) = tables_of(folder)
    spread = {line.group: line.measures.get("look.latency_ms") for line in table.lines}
    assert (spread["ON"].cells, spread["ON"].median) == (2, 20.0)
    assert (spread["OFF"].cells, spread["OFF"].median) == (2, 75.0)
    assert spread[""].cells == 0


def test_the_table_as_csv_has_a_row_for_each_measure(tmp_path, seven):
    rows = list(csv.DictReader(io.StringIO(group_csv(tables_of(make_run(tmp_path, "ln", **seven))))))
    assert len(rows) == 3 * 4
    assert rows[0] | {"median": "", "lower_quartile": "", "upper_quartile": ""} == {
        "grouped_by": "polarity",
        "group": "OFF",
        "dataset": "movie",
        "variant": "ln",
        "simulated": "True",
        "measure": "correlation",
        "cells": "2",
        "small": "True",
        "lower_quartile": "",
        "median": "",
        "upper_quartile": "",
    }


def test_nothing_has_no_median():
    spread = spread_of([float("nan")])
    assert spread.cells == 0
    assert np.isnan(spread.median)


def write(tmp_path, folders, path="report.html", by=()):
    runs = [read_finished(folder) for folder in folders]
    page = write_page(runs, score_rows(runs), tmp_path / path, find_summaries(runs), by)
    return page.read_text(encoding="utf-8")


def test_the_report_escapes_what_stands_in_the_name_of_a_group(tmp_path, seven):
    words = ["<b>ON</b>", "OFF"] * 3 + ["OFF"]
    properties = {"<script>alert(1)</script>": words}
    page = write(tmp_path, [make_run(tmp_path, "ln", neurons=IDS, properties=properties)])
    assert "<b>ON" not in page
    assert "<script" not in page
    assert "&lt;b&gt;ON&lt;/b&gt;" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_report_marks_small_groups(tmp_path, seven):
    page = write(tmp_path, [make_run(tmp_path, "ln", **seven)])
    assert page.count("<td>2†</td>") == 1
    assert '<a href="#groups">By group</a>' in page


def test_a_report_without_groups_does_not_speak_of_them(tmp_path):
    page = write(tmp_path, [make_run(tmp_path, "ln")])
    assert "By group" not in page


def test_groups_lie_beside_the_summary_and_go_when_there_are_none(tmp_path, seven):
    (tmp_path / "tiny" / "summary").mkdir(parents=True)
    folder = make_run(tmp_path / "tiny", "ln", **seven)
    write(tmp_path, [folder], "tiny/summary/report.html")
    assert (tmp_path / "tiny" / "summary" / "groups.csv").read_text().startswith("grouped_by,group,")
    other = make_run(tmp_path / "tiny", "cnn", neurons=IDS)
    write(tmp_path, [other], "tiny/summary/report.html")
    assert not (tmp_path / "tiny" / "summary" / "groups.csv").exists()
    write(tmp_path, [folder], "elsewhere.html")
    assert not (tmp_path / "groups.csv").exists()


def test_the_command_prints_the_groups_that_are_asked_for(tmp_path, seven, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["[red]V1", "LM"] * 3 + ["LM"]
    make_run(tmp_path / "runs", "ln", neurons=IDS, properties={"polarity": POLARITY, "area": words})
    quiet = call("report", "runs", "--out", "a.html")
    assert quiet.out == "a.html\n"
    outcome = call("report", "runs", "--out", "a.html", "--by", "area")
    assert outcome.code == 0
    heading, first, second, *notes = outcome.out.splitlines()
    assert heading.split() == ["area", "variant", "dataset", "cells", "CC", "CCnorm", "FEVE", "bits/spike"]
    assert first.split()[:5] == ["LM", "ln", "movie", "SIMULATED", "4†"]
    assert second.split()[:5] == ["[red]V1", "ln", "movie", "SIMULATED", "3†"]
    assert notes[1] == "† fewer than 5 cells: too few to say what the group is like"
    assert "[red]V1" in (tmp_path / "a.html").read_text()


def test_the_command_refuses_a_column_that_is_not_there_and_writes_nothing(tmp_path, seven, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_run(tmp_path / "runs", "ln", **seven)
    outcome = call("report", "runs", "--out", "a.html", "--by", "area")
    assert outcome.code == 2
    assert outcome.complaints == ['--by: expected one of "polarity", got "area"']
    assert not (tmp_path / "a.html").exists()
