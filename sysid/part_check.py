"""Are the parts that a run was made with still here, and are they the same ones?"""

import importlib.metadata
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from sysid.component import Component
from sysid.errors import SysidError, SysidErrors
from sysid.part_origin import Origin, stored_origins
from sysid.registry import Registry


@attrs.frozen
class Verdict:
    """What became of the package that a part came from.

    Attributes:
        says: what is different now, to stand behind the package's name and version.
        remedy: the command that brings the part back; nothing where `says` says what to do.
        refuses: whether a run cannot be opened like this.
    """

    says: str
    remedy: str
    refuses: bool = True

    def tell(self, parts: Iterable[str], origin: Origin) -> str:
        """Return one line about parts of one package."""
        remedy = f": `{self.remedy}`" if self.remedy else ""
        gone = f" ({origin.source})" if origin.source and not _is_there(origin.source) else ""
        return f"{' and '.join(parts)} came from {origin.package} {origin.version}{gone}{self.says}{remedy}"


def check_parts(information: dict[str, Any], registry: Registry, where: str) -> tuple[str, ...]:
    """Compare the parts that a run was made with to those that are installed.

    Returns:
        A line for every package that is newer than it was: the run may be opened with it.

    Raises:
        SysidErrors: a part is missing or older, one line for every package, with what to install.
    """
    found = compare_parts(information, registry)
    refused = [f"{where}: {line}" for verdict, line in found if verdict.refuses]
    if refused:
        raise SysidErrors(refused)
    return tuple(f"{where}: {line}" for _, line in found)


def compare_parts(information: dict[str, Any], registry: Registry) -> list[tuple[Verdict, str]]:
    """Return what became of every package that a run has parts of, where it is not what it was, in a line."""
    origins = stored_origins(information)
    return _by_verdict((place, origin, judge(registry, origin)) for place, origin in origins.items())


def check_installed(information: dict[str, Any]) -> tuple[str, ...]:
    """Return a line for every package of a run that is missing or older now; no plugin is imported.

    What a run's folder says can be told without them; the lines say what it takes to do more.
    """
    found = _by_verdict(
        (place, origin, judge_version(origin, installed_version(origin.package)))
        for place, origin in stored_origins(information).items()
    )
    return tuple(line for verdict, line in found if verdict.refuses)


def refuse_missing(registry: Registry, origin: Origin, where: str) -> None:
    """Refuse a part that no installed package provides.

    Raises:
        SysidError: there is none of its name; the line says what to install.
    """
    if _find(registry, origin) is None:
        verdict = _explain_missing(registry, origin)
        raise SysidError(f"{where}: {verdict.tell([_name(origin.kind, origin)], origin)}")


def judge(registry: Registry, origin: Origin) -> Verdict | None:
    """Compare one part with the component of its name; None where nothing is different."""
    component = _find(registry, origin)
    if component is None:
        return _explain_missing(registry, origin)
    if canonicalize_name(component.package) != canonicalize_name(origin.package):
        taken = f", but {component.package} {component.version} has its name now"
        return Verdict(taken, f"pip uninstall {component.package}; {_install(origin)}")
    return judge_version(origin, component.version)


def judge_version(origin: Origin, installed: str | None) -> Verdict | None:
    """Compare the version that a part came from with the one that is installed, None where there is none."""
    if installed is None:
        return Verdict(", which is not installed", _install(origin))
    if installed == origin.version:
        return None
    if _is_older(installed, origin.version):
        newer = f'pip install "{origin.package}>={origin.version}"'
        remedy = _install(origin) if _is_there(origin.source) else newer
        return Verdict(f", but {installed} is installed, which is older", remedy)
    return Verdict(f"; {installed} is installed now, and should it differ", _install(origin), refuses=False)


def installed_version(package: str) -> str | None:
    """Return the version of a distribution, None where it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _find(registry: Registry, origin: Origin) -> Component | None:
    return next((each for each in registry.components(origin.kind) if each.name == origin.use), None)


def _explain_missing(registry: Registry, origin: Origin) -> Verdict:
    """Say why no component has a part's name: no package, a broken plugin, or one without it."""
    broken = registry.broken_for(origin.kind, origin.use)
    if broken:
        same = any((each.package, each.version) == (origin.package, origin.version) for each in broken)
        return Verdict("".join(f"; {each}" for each in broken), "" if same else _install(origin))
    installed = installed_version(origin.package)
    if installed is None:
        return judge_version(origin, None)
    return Verdict(f", and the {installed} that is installed has no such {origin.kind}", _install(origin))


def _install(origin: Origin) -> str:
    """Return the command that brings a part back: an index may have another package of that name."""
    if _is_there(origin.source):
        return f"pip install {shlex.quote(origin.source)}"
    return f"pip install {origin.package}=={origin.version}"


def _is_there(source: str) -> bool:
    """Say whether pip can be given the same again: an address, or a folder or file that is still there."""
    return bool(source) and ("://" in source or Path(source).exists())


def _is_older(installed: str, wanted: str) -> bool:
    """Say whether one version is older than another; of what are no versions, nothing is known."""
    try:
        return Version(installed) < Version(wanted)
    except InvalidVersion:
        return False


def _name(place: str, origin: Origin) -> str:
    return f'{place} "{origin.use}"'


def _by_verdict(judged: Iterable[tuple[str, Origin, Verdict | None]]) -> list[tuple[Verdict, str]]:
    """Return every verdict on a package once, with the line that names all of its parts."""
    parts: dict[tuple[str, str, Verdict], list[tuple[str, Origin]]] = {}
    for place, origin, verdict in judged:
        if verdict is not None:
            parts.setdefault((origin.package, origin.version, verdict), []).append((place, origin))
    return [
        (verdict, verdict.tell([_name(*part) for part in group], group[0][1]))
        for (_, _, verdict), group in parts.items()
    ]
