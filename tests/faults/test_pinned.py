"""What is installed is what was tested: `constraints.txt` pins everything that pyproject.toml names."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

TOP = Path(__file__).resolve().parents[2]
PINS = {
    canonicalize_name(name): Version(version)
    for line in (TOP / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
    for name, _, version in [line.partition("==")]
}


def requirements() -> list[Requirement]:
    """Return what the project asks for itself, extras included, and what it is built with."""
    content = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    project = content["project"]
    extras = [each for lines in project["optional-dependencies"].values() for each in lines]
    return [Requirement(line) for line in (*project["dependencies"], *extras)]


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_every_direct_dependency_is_pinned_to_a_version_that_fits(requirement):
    name = canonicalize_name(requirement.name)
    assert name in PINS
    assert PINS[name] in requirement.specifier


def test_every_line_pins_one_exact_version():
    lines = [
        line
        for line in (TOP / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!_-]+", line) for line in lines)
    assert len(PINS) == len(lines)
    assert lines == sorted(lines, key=lambda line: line.partition("==")[0].lower())


def test_whatever_is_installed_here_and_needed_is_the_pinned_one():
    """The whole tree below the project, not only what it names itself."""
    waiting, seen = [each.name for each in requirements()], set()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in seen:
            continue
        seen.add(name)
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # an extra that is not installed here
        assert name in PINS, name
        assert Version(found.version).public == PINS[name].public, name
        for line in found.requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                waiting.append(needed.name)
