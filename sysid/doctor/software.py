"""Python, sysid and what it depends on: are the versions those that it asks for?

Imports none of the dependencies it judges but `packaging`: where one is missing, this still says which.
"""

import importlib.metadata
import platform
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from sysid.doctor.remark import Remark
from sysid.doctor.requirement import find_unmet, own_requirements, write_install

DISTRIBUTION = "neural-sysid"  # `sysid.component.HOST`, whose module imports torch
PACKAGE = Path(__file__).resolve().parents[1]
SHOWN = 6  # packages named in a line
FOR_DEVELOPERS = ("test", "docs", "benchmark")  # extras that no recipe needs


def examine_software() -> Iterator[Remark]:
    """Yield remarks on Python, sysid, its dependencies and its extras."""
    try:
        host = importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        yield Remark(
            "problem",
            f"the package {DISTRIBUTION} is not installed: its files are on the path, but no part is found",
            f"`pip install -e {PACKAGE.parent}` where the files are a checkout",
        )
        return
    yield examine_python(host.metadata.get("Requires-Python", ""))
    yield Remark("ok", f"sysid {host.version} in {PACKAGE}")
    yield examine_dependencies(tuple(own_requirements(host)))
    yield from examine_extras(host)
    constraints = PACKAGE.parent / "constraints.txt"
    if constraints.is_file() and (PACKAGE.parent / "pyproject.toml").is_file():  # a checkout
        yield examine_tested(constraints, {canonicalize_name(each.name) for each in own_requirements(host)})


def examine_python(needed: str) -> Remark:
    """Compare Python's version with the range that sysid asks for."""
    version = platform.python_version()
    if SpecifierSet(needed).contains(version, prereleases=True):
        return Remark("ok", f"Python {version}")
    return Remark(
        "problem", f"Python {version}, but sysid needs {needed}", "make an environment with such a Python"
    )


def examine_dependencies(requirements: tuple[Requirement, ...]) -> Remark:
    """Compare the versions of dependencies with the ranges that sysid asks for."""
    unmet = find_unmet(requirements)
    if not unmet:
        return Remark("ok", f"{len(requirements)} dependencies have versions that sysid takes")
    return Remark("problem", f"sysid needs {', '.join(map(str, unmet))}", write_install(unmet))


def examine_extras(host: importlib.metadata.Distribution) -> Iterator[Remark]:
    """Yield a remark on every extra of which something is missing."""
    for extra in host.metadata.get_all("Provides-Extra") or ():
        unmet = find_unmet(own_requirements(host, extra))
        if unmet and extra not in FOR_DEVELOPERS:
            needs = ", ".join(map(str, unmet))
            install = f'`pip install "{DISTRIBUTION}[{extra}]"` where a recipe asks for it'
            yield Remark("note", f"the extra {extra} is not complete: {needs}", install)


def examine_tested(constraints: Path, direct: set[str]) -> Remark:
    """Compare what is installed with the versions that the tests have run with."""
    lines = (line.partition("#")[0].strip() for line in constraints.read_text(encoding="utf-8").splitlines())
    tested = [Requirement(line) for line in lines if line]
    of_interest = [each for each in tested if canonicalize_name(each.name) in direct]
    other = [each for each in find_unmet(of_interest) if each.installed]
    if not other:
        return Remark("ok", "dependencies have the versions that the tests have run with")
    shown = ", ".join(f"{each.requirement.replace('==', ' ')} ({each.installed})" for each in other[:SHOWN])
    more = f" and {len(other) - SHOWN} more" if len(other) > SHOWN else ""
    return Remark(
        "note",
        f"the tests have run with {shown}{more}; in brackets what is installed",
        f"`pip install -c {constraints} {' '.join(each.requirement.partition('==')[0] for each in other)}` "
        "if something behaves oddly",
    )
