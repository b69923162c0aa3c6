"""A new plugin of every kind: its own tests pass, and its recipe trains."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sysid.component import KINDS
from sysid.new_plugin.package import PARTS, write_plugin
from sysid.testing.source_check import names_source
from tests.installed_plugin import Site


def name_of(kind: str) -> str:
    """Name a plugin of a kind; the dash is in the import name an underscore."""
    return f"new-{kind}"


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Site:
    """A site folder into which a new plugin of every kind was installed; the packages lie beside it."""
    top = tmp_path_factory.mktemp("plugins")
    site = Site(top / "site")
    for kind in KINDS:
        write_plugin(name_of(kind), kind, top)
        site.install_project(top / name_of(kind))
    return site


@pytest.fixture(scope="module")
def outcomes(installed) -> dict[str, str]:
    """What became of every test of these packages, by file and name: one process imports torch once."""
    modules = ",".join(name_of(kind).replace("-", "_") for kind in KINDS)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-rA", "--tb=short", "--import-mode=importlib", "-Werror"),
            *("-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(installed.folder.parent)),
            f"--jaxtyping-packages={modules},beartype.beartype",
            *(name_of(kind) for kind in KINDS),
        ],
        cwd=installed.folder.parent,
        env=os.environ | {"PYTHONPATH": str(installed.folder), "OMP_WAIT_POLICY": "PASSIVE"},
        capture_output=True,
        text=True,
    )
    lines = [
        line.split(" ", 2) for line in done.stdout.splitlines() if line.startswith(("PASSED ", "FAILED "))
    ]
    assert lines, done.stdout + done.stderr
    return {line[1]: line[0] if line[0] == "PASSED" else done.stdout for line in lines}


@pytest.mark.parametrize("kind", KINDS)
def test_its_own_tests_pass_and_its_recipe_trains(kind, outcomes):
    own = {name: said for name, said in outcomes.items() if name.startswith(f"{name_of(kind)}/")}
    file = f"{name_of(kind)}/tests/test_{PARTS[kind]}.py"
    assert [said for said in own.values() if said != "PASSED"] == []
    assert f"{file}::test_the_recipe_trains" in own
    assert any(name.startswith(f"{file}::test_it_keeps_what_a") for name in own)


@pytest.mark.parametrize("kind", KINDS)
def test_its_part_says_whose_idea_it_is_and_when_to_choose_it(kind, installed):
    part = PARTS[kind]
    file = installed.folder / name_of(kind).replace("-", "_") / f"{part}.py"
    code = file.read_text(encoding="utf-8")
    (config,) = (each for each in ast.parse(code).body if getattr(each, "name", "") == part.capitalize())
    words = " ".join(ast.get_docstring(config).split())
    assert names_source(words)
    assert "Choose it" in words
    assert "# Change this first" in code


@pytest.mark.parametrize("kind", KINDS)
def test_the_readme_has_the_three_commands(kind, installed):
    text = (installed.folder.parent / name_of(kind) / "README.md").read_text(encoding="utf-8")
    name = name_of(kind)
    commands = [
        f"pip install -e './{name}[test]'",
        f"python -m pytest {name}",
        f"sysid run {name}/{name}.toml",
    ]
    assert "\n".join(commands) in text
    assert Path(installed.folder.parent, name, f"{name}.toml").is_file()
