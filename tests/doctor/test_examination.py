"""Tests of sysid/doctor/examination.py and of the command that prints it."""

import json
import sys

import pytest
from rich.console import Console

from sysid.command import doctor_page
from sysid.doctor import examination, training
from sysid.doctor.examination import Area, examine_installation
from sysid.doctor.remark import Remark
from tests.command_line import call

TITLES = ["Software", "Devices", "Threads", "Memory", "Disk", "Plugins", "Data", "Training"]
AREAS = (
    Area("Software", (Remark("ok", "Python 3.12"),)),
    Area("Disk", (Remark("note", "little room " * 9, "make some"), Remark("problem", "none", "see `df`"))),
)


@pytest.fixture
def found(monkeypatch, tmp_path):
    """Set what is found; the command then looks at nothing."""

    def pretend(*areas):
        monkeypatch.setattr(examination, "examine_installation", lambda *_places, **_options: iter(areas))

    monkeypatch.chdir(tmp_path)
    return pretend


def test_every_area_is_looked_at_in_turn(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "LONGEST_S", 0.1)
    monkeypatch.setattr(training, "examine_training", lambda _registry: iter((Remark("ok", "a training"),)))
    assert [area.title for area in examine_installation(tmp_path)] == TITLES
    assert [area.title for area in examine_installation(tmp_path, training=False)] == TITLES[:-1]


def test_a_library_that_is_missing_is_a_problem_of_its_area_alone(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sysid.doctor.device", None)  # as if torch could not be imported
    areas = {area.title: area for area in examine_installation(tmp_path, training=False)}
    (remark,) = areas["Devices"].remarks
    assert remark.level == "problem"
    assert remark.says.startswith("cannot be looked at: ")
    assert areas["Memory"].remarks[0].says


def test_a_problem_makes_the_exit_code_1(found):
    found(*AREAS)
    done = call("doctor")
    assert (done.code, done.err) == (1, "")
    assert done.out.splitlines()[:2] == ["Software", "  ok       Python 3.12"]
    assert done.out.splitlines()[-1] == "1 problem, 1 note"
    assert "           → make some" in done.out.splitlines()


def test_notes_do_not(found):
    found(Area("Disk", (Remark("note", "little room"), Remark("note", "still"))))
    done = call("doctor", "--no-training", "--full", "--folder", "there")
    assert (done.code, done.out.splitlines()[-1]) == (0, "no problems, 2 notes")


def test_json_has_every_remark(found):
    found(*AREAS)
    done = call("doctor", "--json")
    assert done.code == 1
    assert json.loads(done.out)["disk"][1] == {"level": "problem", "says": "none", "remedy": "see `df`"}


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_gets_no_line_that_is_too_long(monkeypatch, capsys, width):
    monkeypatch.setattr(
        doctor_page,
        "make_console",
        lambda: Console(width=width, force_terminal=True, color_system=None, highlight=False),
    )
    doctor_page.print_area(AREAS[1])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert [line[:12] for line in lines[:2]] == ["Disk", "  note     l"]
    assert all(line[:11].strip() in ("", "note", "problem") for line in lines[1:])
