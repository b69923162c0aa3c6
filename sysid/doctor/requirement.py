"""Does what is installed fit what a distribution says it requires?"""

import importlib.metadata
from collections.abc import Iterable, Iterator

import attrs
from packaging.requirements import Requirement


@attrs.frozen
class Unmet:
    """A requirement that is not met.

    Attributes:
        requirement: name and range, as `pip install` takes it.
        installed: the version that is there; nothing where there is none.
    """

    requirement: str
    installed: str

    def __str__(self) -> str:
        there = f"{self.installed} is installed" if self.installed else "it is not installed"
        return f"{self.requirement} ({there})"


def own_requirements(distribution: importlib.metadata.Distribution, extra: str = "") -> Iterator[Requirement]:
    """Yield what a distribution requires on this machine, or what one of its extras adds to that."""
    for text in distribution.requires or ():
        requirement = Requirement(text)
        always = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if always != bool(extra) and (always or requirement.marker.evaluate({"extra": extra})):
            yield requirement


def find_unmet(requirements: Iterable[Requirement]) -> tuple[Unmet, ...]:
    """Return the requirements that no installed distribution meets."""
    unmet = []
    for requirement in requirements:
        name = f"{requirement.name}{requirement.specifier}"
        try:
            installed = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            unmet.append(Unmet(name, ""))
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            unmet.append(Unmet(name, installed))
    return tuple(unmet)


def write_install(unmet: Iterable[Unmet]) -> str:
    """Return the command that installs what is missing."""
    return "`pip install " + " ".join(f'"{each.requirement}"' for each in unmet) + "`"
