"""A report of many runs, of many neurons, stays small enough to open, and says what it leaves out."""

import os
import time

import attrs
import numpy as np
import pytest

from sysid.command.result_table import excluded_lines
from sysid.finished_run import read_finished
from sysid.report.content import read_runs
from sysid.report.page import write_page
from sysid.report.picture import Pictures
from sysid.report.score_figure import draw_scores
from sysid.summary import score_rows
from tests.report_run import add_findings, make_run
from tests.test_report import make_row

MIB = 1 << 20


def fill(folder, size):
    """Put noise behind a picture, so that it takes so many bytes."""
    for file in folder.rglob("*.png"):
        with open(file, "ab") as picture:
            picture.write(os.urandom(size - picture.tell()))


def write_runs(top, count, size, pictures, neurons=("a", "b", "c")):
    """Write a report of so many runs, each with an analysis that drew pictures of so many bytes."""
    folders = [make_run(top, f"variant{number}", neurons=neurons) for number in range(count)]
    for folder in folders:
        draw(folder, size, pictures)
    runs = [read_finished(folder) for folder in folders]
    return write_page(runs, score_rows(runs), top / "report.html").read_text(encoding="utf-8")


def draw(folder, size, pictures):
    stems = [f"picture{number}" for number in range(pictures)]
    add_findings(folder.path / "analyses", "kernels", [folder], pictures=stems)
    fill(folder.path, size)


def test_a_report_holds_pictures_until_it_is_full_and_says_where_the_others_are(tmp_path, monkeypatch):
    monkeypatch.setattr("sysid.report.content.MOST_BYTES", 5000)
    page = write_runs(tmp_path, 4, 1000, 2)
    assert page.count("data:image/png") == 1 + 5  # the scores, and five of eight pictures
    assert "3 pictures are left out, as a page with all of them would be too large for a browser" in page
    folder = tmp_path / "variant3/movie-simulated/fold0/seed0/analyses/kernels"
    assert f"<code>picture1.png</code> in <code>{folder}</code>" in page


def test_the_first_run_of_every_model_has_its_pictures_before_the_second_of_any(tmp_path):
    folders = [make_run(tmp_path / place, "a") for place in ("first", "second", "other")]
    for folder in folders:
        draw(folder, 1000, 1)
    one, two, other = map(read_finished, folders)
    pictures = Pictures(2500)
    found = read_runs([[one, two], [other]], pictures)
    shown = [bool(found[run.folder.path][0].figures[0].source) for run in (one, two, other)]
    assert shown == [True, False, True]
    assert pictures.left_out == 1


@pytest.mark.parametrize(("variants", "datasets"), [(1, 150), (300, 1), (3, 9)])
def test_the_figure_of_scores_is_drawn_of_as_many_models_and_datasets_as_there_are(variants, datasets):
    rows = tuple(
        make_row(f"model{model}", 0.5, dataset=f"movie{movie}")
        for model in range(variants)
        for movie in range(datasets)
    )
    png = draw_scores(rows)
    width, height = np.frombuffer(png[16:24], dtype=">u4")
    assert png.startswith(b"\x89PNG")
    assert width <= 2300
    assert height <= 20_000
    assert len(png) < 4 * MIB


def test_many_neurons_without_a_score_are_counted_and_some_are_named():
    row = attrs.evolve(make_row("ln", 0.5), excluded=tuple(f"cell{number}" for number in range(1000)))
    (line,) = excluded_lines((attrs.evolve(row, cells=10_000),))
    assert line.startswith(
        "movie: 1000 of 10000 neurons have a constant response and no score: cell0, cell1, "
    )
    assert line.endswith("cell11 and 988 more, in neurons.csv")


@pytest.mark.slow
def test_a_report_of_64_runs_of_10_000_neurons_can_be_opened(tmp_path):
    neurons = tuple(f"cell{number}" for number in range(10_000))
    began = time.monotonic()
    page = write_runs(tmp_path, 64, 200_000, 6, neurons)
    print(f"64 runs of 10000 neurons: {len(page) / MIB:.1f} MiB, {time.monotonic() - began:.0f} s")
    assert len(page) < 20 * MIB
