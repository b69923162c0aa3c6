"""Tests of sysid/doctor/software.py and requirement.py."""

import importlib.metadata
import platform

import pytest
from packaging.requirements import Requirement

from sysid.doctor import software
from sysid.doctor.requirement import find_unmet, own_requirements
from sysid.doctor.software import (
    examine_dependencies,
    examine_extras,
    examine_python,
    examine_software,
    examine_tested,
)

ABSENT = "surely-not-installed"


@pytest.fixture
def make_distribution(tmp_path):
    """Make a distribution with metadata of a test's own."""

    def make(*lines):
        folder = tmp_path / "thing-1.0.dist-info"
        folder.mkdir()
        text = "\n".join(("Metadata-Version: 2.1", "Name: thing", "Version: 1.0", *lines))
        (folder / "METADATA").write_text(text + "\n", encoding="utf-8")
        return importlib.metadata.Distribution.at(folder)

    return make


def test_this_installation_has_no_problem_with_its_software():
    assert [remark for remark in examine_software() if remark.level == "problem"] == []


def test_another_python_than_sysid_needs_is_a_problem(monkeypatch):
    monkeypatch.setattr(platform, "python_version", lambda: "3.9.1")
    remark = examine_python(">=3.11")
    assert (remark.level, remark.says) == ("problem", "Python 3.9.1, but sysid needs >=3.11")
    monkeypatch.setattr(platform, "python_version", lambda: "3.14.0rc1")
    assert examine_python(">=3.11").level == "ok"


def test_a_dependency_that_is_missing_or_of_another_version_is_a_problem():
    numpy = importlib.metadata.version("numpy")
    remark = examine_dependencies((Requirement("numpy<1"), Requirement(f"{ABSENT}>=2"), Requirement("attrs")))
    assert remark.level == "problem"
    assert remark.says == f"sysid needs numpy<1 ({numpy} is installed), {ABSENT}>=2 (it is not installed)"
    assert remark.remedy == f'`pip install "numpy<1" "{ABSENT}>=2"`'


def test_requirements_of_other_machines_and_of_extras_do_not_count(make_distribution):
    distribution = make_distribution(
        "Provides-Extra: film",
        "Requires-Dist: numpy>=2",
        f'Requires-Dist: {ABSENT}; python_version < "3"',
        f'Requires-Dist: {ABSENT}>=3; extra == "film"',
    )
    assert [str(each) for each in own_requirements(distribution)] == ["numpy>=2"]
    assert [each.name for each in own_requirements(distribution, "film")] == [ABSENT]
    assert [str(each) for each in find_unmet(own_requirements(distribution, "film"))] == [
        f"{ABSENT}>=3 (it is not installed)"
    ]


def test_an_extra_of_which_something_is_missing_is_a_note(make_distribution):
    distribution = make_distribution(
        "Provides-Extra: film",
        "Provides-Extra: test",
        f'Requires-Dist: {ABSENT}; extra == "film"',
        f'Requires-Dist: {ABSENT}; extra == "test"',
    )
    (remark,) = examine_extras(distribution)  # what only developers need is none
    assert (remark.level, remark.says) == (
        "note", f"the extra film is not complete: {ABSENT} (it is not installed)",
    )  # fmt: skip
    assert remark.remedy == '`pip install "neural-sysid[film]"` where a recipe asks for it'


def test_other_versions_than_the_tests_had_are_a_note(tmp_path):
    numpy = importlib.metadata.version("numpy")
    file = tmp_path / "constraints.txt"
    file.write_text(f"# why\nnumpy==1.0\nclick==1.0\n{ABSENT}==1\n", encoding="utf-8")
    remark = examine_tested(file, {"numpy", ABSENT})
    assert (remark.level, remark.says) == (
        "note", f"the tests have run with numpy 1.0 ({numpy}); in brackets what is installed",
    )  # fmt: skip
    assert remark.remedy == f"`pip install -c {file} numpy` if something behaves oddly"
    file.write_text(f"numpy=={numpy}\n", encoding="utf-8")
    assert examine_tested(file, {"numpy"}).level == "ok"


def test_files_without_the_package_are_a_problem(monkeypatch):
    monkeypatch.setattr(software, "DISTRIBUTION", ABSENT)
    (remark,) = examine_software()
    assert remark.level == "problem"
    assert remark.says.startswith(f"the package {ABSENT} is not installed: its files are on the path")
