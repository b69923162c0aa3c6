"""Names from files are shown, never obeyed: in the report, in tables, on the terminal and in errors."""

import ast
import contextlib
import csv
import html
import io
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from rich.console import Console as RichConsole

import sysid
from sysid import SysidError, draw_figure, guard_cell
from sysid.cell_table import cell_columns
from sysid.command.console import Console
from sysid.command.line import print_line
from sysid.command.page import plain
from sysid.csv_cell import bare_cell
from sysid.errors import SysidErrors, lines_of
from sysid.finished_run import read_finished
from sysid.recipe_file import read_recipe
from sysid.report.page import write_page
from sysid.summary import score_rows
from sysid.toml_text import write_value
from sysid.visible_text import make_visible
from sysid_analyses.table import write_table
from tests.command_line import call
from tests.report_run import add_findings, make_run
from tests.sensorium_folder import make_mouse, save

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
HOSTILE = (
    "<script>document.title='obeyed'</script>",
    "<img src=x onerror=document.title='obeyed'>",
    "\"><svg onload=document.title='obeyed'>",
    "' onmouseover='document.title=1",
    "javascript:document.title='obeyed'",
    "{{ 7 * 7 }}{% raise %}",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "[red]markup[/red] [/] :smile:",
    "\x1b[31mred\x1b]0;obeyed\x07",
    "two\nlines\r\x85\u2028",
    "\u202egnp.eman\u2066",
    "$\\frac{1$ $x^2$ %s {0}",
    "../../../obeyed",
    "細胞 🧠",
)
RECIPE = """\
# {title}
[datasets.mouse]
use = "sensorium"
path = "mouse"
unscored_frames = 0
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
[variants.ln]
[analyses.traces]
use = "responses"
[analyses.maps]
use = "sta"
draws = 3
"""


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The report of run folders in which everything that is text is hostile."""
    top = tmp_path_factory.mktemp("stored")
    folders = [_make_hostile(top / str(number), name, number) for number, name in enumerate(HOSTILE)]
    runs = [read_finished(folder) for folder in folders]
    return write_page(runs, score_rows(runs), top / "report.html", by=HOSTILE)


def _make_hostile(top, name, number):
    neurons = (name, f"b{name}", f"c{name}")
    place = make_run(top, "cnn", neurons=neurons, properties={name: [name, name, "x"]})
    information = place.information()
    configuration = information["identity"]["configuration"] | {
        "variant": name,
        "dataset_name": f"{number} {name}",
        "encoder": {"use": name, name: name},
    }
    session = name.replace("/", "").replace(".", "")
    place.update(
        identity={"configuration": configuration, "versions": {name: name}},
        digest=str(number),
        recipe=name,
        settings=[name],
        published=[{"correlation": 0.4, "source": name}],
        data={"source": name, "checksum": name, "notes": [name], "licence": name},
        device=name,
        git_commit=name,
        sessions={session: information["sessions"]["retina"]},
    )
    scores = place.scores() | {"excluded": [name], "failed": [name]}
    place.scores_file.write_text(json.dumps(scores), encoding="utf-8")
    place.recipe_file.write_text(f"# {make_visible(name)}\n", encoding="utf-8")
    with np.load(place.predictions_file) as file:
        arrays = {each.replace("retina", session): file[each] for each in file.files}
    np.savez(place.predictions_file, **arrays)
    folder = add_findings(
        place.path / "analyses",
        "map",
        [place],
        pictures=["a"],
        beside_score={name: 1.0},
        tables=[{"file": "cells.csv", "caption": name}],
        headlines=[name],
        statements=[name],
        warnings=[name],
        numbers={name: name},
    )
    content = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    content["findings"]["pictures"][0] |= {"caption": name, "answers": name}
    (folder / "findings.json").write_text(json.dumps(content), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a real run of a recording whose neurons and areas have hostile names."""
    folder = tmp_path_factory.mktemp("made")
    mouse = make_mouse(neurons=len(HOSTILE), train=6, frames=40, padding=0)
    mouse.ids = np.array(HOSTILE)
    mouse.write(folder / "mouse")
    save(
        folder / "mouse/meta/neurons/area.npy",
        np.array([HOSTILE[number // 2] for number in range(len(HOSTILE))]),
    )
    with contextlib.chdir(folder):
        Path("tiny.toml").write_text(RECIPE.format(title=HOSTILE[0]), encoding="utf-8")
        outcome = call("run", "tiny.toml")
        assert outcome.code == 0, outcome.err
    (folder / "told.txt").write_text(outcome.out + outcome.err, encoding="utf-8", newline="")
    return folder


def is_quiet(text):
    """Say whether a terminal prints a text and does nothing else."""
    return all(make_visible(line) == line for line in text.split("\n"))


def test_the_report_shows_markup_in_every_place(stored):
    text = stored.read_text(encoding="utf-8")
    for name in HOSTILE[:8]:
        shown = html.escape(name, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
        assert text.count(shown) > 15, name
        if shown != name:
            assert name not in text


def test_the_report_of_a_real_run_shows_markup(made):
    text = (made / "runs/tiny/summary/report.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;document.title" in text
    assert "<script" not in text
    assert "onerror=document" in text


@pytest.mark.skipif(not (BROWSER and DRIVER), reason="needs chromium and chromedriver")
def test_no_script_of_a_name_runs_in_a_browser(stored, made):
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        for page in (stored, made / "runs/tiny/summary/report.html"):
            driver.get(page.as_uri())
            assert driver.execute_script("return document.scripts.length") == 0
            assert driver.title not in ("obeyed", "1")
            handlers = "return [...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())"
            assert not [name for name in driver.execute_script(handlers) if name.startswith("on")]
            links = driver.execute_script("return [...document.links].map(a => a.getAttribute('href'))")
            assert all(link.startswith("#") for link in links)
            assert HOSTILE[0] in driver.find_element("tag name", "body").text
        alts = driver.execute_script("return [...document.images].map(i => i.alt)")
        assert all(alts)
    finally:
        driver.quit()


def test_figures_of_hostile_names_are_whole(made):
    drawings = list((made / "runs").rglob("*.svg"))
    assert len(drawings) >= 2
    for drawing in drawings:
        root = ElementTree.parse(drawing).getroot()
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not tags & {"script", "foreignObject", "a", "image"} - {"image"}, drawing


def test_a_run_of_hostile_names_steers_no_terminal(made):
    told = (made / "told.txt").read_text(encoding="utf-8")
    assert is_quiet(told)
    with contextlib.chdir(made):
        outcome = call("report", "runs/tiny", "--by", "area")
    assert outcome.code == 0, outcome.err
    assert "[red]markup[/red]" in outcome.out
    assert is_quiet(outcome.out + outcome.err)


def test_nothing_is_written_where_a_name_leads(made):
    assert not list(made.parent.rglob("*obeyed*"))


def test_tables_hold_no_formula_and_are_read_back(made):
    run = next((made / "runs").rglob("run.json")).parent
    for file in made.rglob("*.csv"):
        with open(file, newline="", encoding="utf-8") as opened:
            cells = [cell for row in csv.reader(opened) for cell in row]
        assert not [cell for cell in cells if cell[:1] in ("=", "@", "\t")], file
    with open(run / "neurons.csv", newline="", encoding="utf-8") as opened:
        assert [bare_cell(row["neuron"]) for row in csv.DictReader(opened)] == list(HOSTILE)
    columns = cell_columns(read_finished(sysid.RunFolder(run)))
    assert {neuron for column in columns.values() for _, neuron in column} == set(HOSTILE)


@pytest.mark.parametrize("name", [*HOSTILE, "-1", "+2.5e-3", "'=x", "''", "-left", "a=b"])
def test_a_guarded_cell_is_text_to_a_spreadsheet_and_comes_back(name):
    cell = guard_cell(name)
    assert bare_cell(cell) == name
    if cell[:1] in tuple("=@+-\t\r\n"):
        assert float(cell)
    assert cell == name or name.lstrip("'")[0] in "=@+-"


def test_tables_of_analyses_are_guarded(tmp_path):
    write_table(tmp_path / "a.csv", ["=x", "y"], [["@a", -1.5], ["b", "-2"]])
    assert (tmp_path / "a.csv").read_text() == "'=x,y\n'@a,-1.5\nb,-2\n"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_figure_draws_a_name_as_it_is(name):
    figure = Figure(figsize=(2, 1))
    axes = figure.subplots()
    axes.plot([1, 10], [0, 1], label=name)
    axes.set_title(name)
    axes.set_yticks([0, 1], [name, "b"])
    axes.set_xscale("log")
    axes.legend()
    drawing = io.BytesIO()
    draw_figure(figure, drawing, format="svg")
    text = drawing.getvalue().decode()
    ElementTree.fromstring(text)
    assert text.count("$\\mathdefault{10^{0}}$") == 1  # powers of ten on the axis are mathematics still


@pytest.mark.parametrize("name", HOSTILE)
def test_an_error_is_one_line_that_steers_no_terminal(name):
    single, several = SysidError(f"{name}: expected x"), SysidErrors([name, f"b {name}"])
    assert [len(str(error).splitlines()) for error in (single, several)] == [1, 2]
    assert is_quiet(str(single) + "\n".join(lines_of(several)))


def test_what_is_obeyed_is_shown_as_python_writes_it():
    assert make_visible("a\x1b[31m\nb\u202e\x9b") == "a\\x1b[31m\\nb\\u202e\\x9b"
    assert make_visible("Zellen äß 細胞 🧠 \u00a0") == "Zellen äß 細胞 🧠 \u00a0"
    assert make_visible(CONTROLS).isascii()


CONTROLS = "".join(map(chr, [*range(32), *range(127, 160)]))


def test_a_value_of_any_letters_is_written_so_that_toml_reads_it(tmp_path):
    text = CONTROLS + "".join(HOSTILE)
    (tmp_path / "a.toml").write_text(f"x = {write_value(text)}\n", encoding="utf-8", newline="")
    assert read_recipe(tmp_path / "a.toml")[1] == {"x": text}


def test_the_console_shows_names_and_obeys_none(capsys):
    console = Console()
    console.console = RichConsole(file=io.StringIO(), highlight=False, soft_wrap=True)
    for name in HOSTILE:
        console.run_started(name, 1, 2, True)
        console.note(name)
        console.warn(name)
        console.analysis_started(name, 1, 1)
        console.run_failed(name, f"{name}: broke")
        print_line(name)
        console.console.print(plain(name))
    drawn = console.console.file.getvalue()
    assert is_quiet(drawn)
    assert "[red]markup[/red] [/] :smile:" in drawn
    assert is_quiet(capsys.readouterr().out)


def test_no_command_prints_past_the_functions_that_show():
    """`print_line`, `plain` and the console are where text meets the terminal."""
    allowed = {"line.py": {"echo"}, "page.py": {"Text"}, "doctor_page.py": {"print", "Text"}}
    for file in sorted((Path(sysid.__file__).parent / "command").glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        called = {
            node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name | ast.Attribute)
            # the methods of consoles are given what `plain` made
            and not (isinstance(node.func, ast.Attribute) and node.func.attr == "print")
        }
        text = {"Text"} if "Text(GAP)" in file.read_text(encoding="utf-8") else set()
        assert called & {"echo", "secho", "print", "Text"} <= allowed.get(file.name, set()) | text, file.name


def test_a_file_name_with_a_newline_is_one_line(tmp_path):
    with contextlib.chdir(tmp_path):
        outcome = call("check", "two\nlines\x1b[2J.toml")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
    assert "two\\nlines\\x1b[2J.toml: no such file" in outcome.err
    assert re.fullmatch(r"[^\x00-\x09\x0b-\x1f]*", outcome.err)
