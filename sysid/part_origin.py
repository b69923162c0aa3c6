"""Which package every part of a run came from, as `run.json` remembers it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from sysid.component import HOST, KINDS, Component, Kind
from sysid.install_source import find_install_source
from sysid.run_plan import AnalysisPlan

PARTS = "parts"  # entries of `run.json`
ANALYSIS_PARTS = "analysis_parts"


@attrs.frozen
class Origin:
    """Say where a part came from.

    Attributes:
        kind: which of the five.
        use: its qualified name.
        package, version: the distribution that provided it.
        source: where pip got it from, if not from an index; nothing for sysid's own parts.
    """

    kind: Kind
    use: str
    package: str
    version: str
    source: str = ""


def origins_of(components: Mapping[Kind, Component]) -> dict[str, dict[str, str]]:
    """Return where the parts of a run come from, as JSON holds it.

    They are found by their tables: `readout`, and `readout.base` for a part in its key `base`.
    """
    return {
        place: _describe(part)
        for kind, component in components.items()
        for place, part in _walk(kind, component)
    }


def analysis_origins_of(analyses: Iterable[AnalysisPlan]) -> dict[str, dict[str, str]]:
    """Return where a run's analyses come from, by their names in the recipe, as JSON holds it."""
    return {each.name: _describe(each.component) for each in analyses}


def stored_origins(information: dict[str, Any]) -> dict[str, Origin]:
    """Return, by their tables, where the parts of a run came from.

    Runs from before `run.json` had that entry tell it where it can only be one package: a bare name is of
    sysid's own, and any other of the one other package whose version is in the identity.
    """
    if PARTS in information:
        return {place: Origin(**entry) for place, entry in information[PARTS].items()}
    configuration = information["identity"].get("configuration", {})
    versions = information["identity"].get("versions", {})
    others = [package for package in versions if package != HOST]
    found = {}
    for kind in KINDS:
        use = configuration.get(kind, {}).get("use", "")
        package = HOST if ":" not in use else others[0] if len(others) == 1 else ""
        if use and package in versions:
            found[kind] = Origin(kind, use, package, versions[package])
    return found


def stored_analysis_origins(information: dict[str, Any]) -> dict[str, Origin]:
    """Return, by name, where the analyses that a recipe asked for came from, where `run.json` says it."""
    return {name: Origin(**entry) for name, entry in information.get(ANALYSIS_PARTS, {}).items()}


def _walk(place: str, component: Component) -> Iterator[tuple[str, Component]]:
    """Yield a component and the parts that its keys hold, each with its table."""
    yield place, component
    for key, part in component.parts:
        yield from _walk(f"{place}.{key}", part)


def _describe(component: Component) -> dict[str, str]:
    """Return an `Origin` as JSON holds it, without what is empty."""
    source = "" if component.package == HOST else find_install_source(component.package)
    origin = Origin(component.kind, component.name, component.package, component.version, source)
    return {name: value for name, value in attrs.asdict(origin).items() if value}
