"""Tests of sysid/new_plugin/package.py and the command: what is written, and when nothing is."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from sysid.component import HOST, KINDS
from sysid.new_plugin import package
from sysid.new_plugin.package import PARTS, compatible_versions
from tests.command_line import call, files_below

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_says_what_it_wrote_and_what_is_next():
    done = call("new-plugin", "acme", "--kind", "core")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "acme: a package with core:acme:leaky; next:",
        "  pip install -e './acme[test]'",
        "  python -m pytest acme",
        "  sysid run acme/acme.toml",
    ]
    assert [name for name in files_below("acme") if Path("acme", name).is_file()] == [
        "README.md",
        "acme.toml",
        "pyproject.toml",
        "src/acme/__init__.py",
        "src/acme/hooks.py",
        "src/acme/leaky.py",
        "tests/test_leaky.py",
    ]


def test_the_name_with_underscores_is_said_where_a_name_has_dashes(tmp_path):
    (tmp_path / "some where").mkdir()
    done = call("new-plugin", "retina-lab", "--kind", "readout", "--folder", "some where")
    assert done.out.splitlines() == [
        "some where/retina-lab: a package with readout:retina-lab:exponential, imported as retina_lab; next:",
        "  pip install -e './some where/retina-lab[test]'",
        "  python -m pytest 'some where/retina-lab'",
        "  sysid run 'some where/retina-lab/retina-lab.toml'",
    ]
    assert Path("some where/retina-lab/src/retina_lab/exponential.py").is_file()


def test_the_package_is_for_the_sysid_that_is_installed_and_claims_no_author_or_licence():
    call("new-plugin", "retina-lab", "--kind", "analysis")
    project = tomllib.loads(Path("retina-lab/pyproject.toml").read_text(encoding="utf-8"))["project"]
    host = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirement = Requirement(project["dependencies"][0])
    assert requirement.name == HOST == host["name"]
    assert requirement.specifier.contains(host["version"])
    assert project["requires-python"] == host["requires-python"]
    assert project["entry-points"] == {"sysid": {"retina-lab": "retina_lab.hooks"}}
    assert not {"authors", "license", "urls"} & set(project)


@pytest.mark.parametrize(
    ("installed", "taken"),
    [
        ("0.1.0", ">=0.1,<0.2"),
        ("0.12.3", ">=0.12,<0.13"),
        ("2.4.1", ">=2.4,<3"),
        ("0.2.0.dev1+local", ">=0.2.0.dev1,<0.3"),
    ],
)
def test_versions_before_the_next_that_may_break_are_taken(installed, taken):
    assert compatible_versions(Version(installed)) == taken
    assert Requirement(f"x{taken}").specifier.contains(installed, prereleases=True)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("torch", "--kind", "core"), 'new-plugin: expected a name that nothing has yet, got "torch", '),
        (("acme", "--kind", "cores"), '--kind: expected one of {kinds}, got "cores"; did you mean "core"?'),
        (("acme",), "--kind: expected one of {kinds}, got nothing"),
        (("acme", "--kind", "core", "--folder", "no"), "--folder no: expected a folder that is there"),
        (("taken", "--kind", "core"), "taken: is already there; nothing was written"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(arguments, line, here):
    (here / "taken").mkdir()
    done = call("new-plugin", *arguments)
    assert (done.code, done.out, len(done.complaints)) == (2, "", 1)
    assert done.complaints[0].startswith(line.format(kinds="dataset, encoder, core, readout, analysis"))
    assert files_below(here) == ["taken"]


def test_where_not_all_can_be_written_nothing_is_left(here, monkeypatch):
    write = Path.write_text

    def fill_the_disk(path: Path, text: str, **options: str) -> int:
        if path.suffix == ".toml":
            raise OSError(28, "No space left on device")
        return write(path, text, **options)

    monkeypatch.setattr(Path, "write_text", fill_the_disk)
    done = call("new-plugin", "acme", "--kind", "core")
    assert (done.code, done.complaints) == (2, ["acme: cannot be written: No space left on device"])
    assert files_below(here) == []


@pytest.mark.parametrize("name", ["a", "a-laboratory-of-the-retina-with-a-long-name"])
def test_what_is_written_passes_ruff_with_the_settings_of_this_project_and_with_its_own(name, here):
    for kind in KINDS:
        assert call("new-plugin", f"{name}-{kind}", "--kind", kind).code == 0
    sources = ", ".join(f'"{folder / "src"}"' for folder in here.iterdir())
    shared = ["--config", str(TOP / "pyproject.toml"), "--config", f"src = [{sources}]"]
    for command in (["check", *shared], ["format", "--check", *shared], ["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "."]
        done = subprocess.run(ruff, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_template_is_left(kind, here):
    call("new-plugin", "acme", "--kind", kind)
    for file in (path for path in here.rglob("*") if path.is_file()):
        text = file.read_text(encoding="utf-8")
        assert not any(mark in text for mark in ("{{", "}}", "{%", "PACKAGE", "TODO", ".jinja")), file
        assert text.endswith("\n"), file
        assert not text.endswith("\n\n"), file


def test_every_kind_has_templates():
    folders = {path.name for path in package.TEMPLATES.iterdir()}
    assert folders == {package.COMMON, *KINDS}
    assert set(PARTS) == set(KINDS)
