"""Know every component that is installed, who provided it, and which plugins are broken."""

import importlib.metadata
import operator
from collections.abc import Iterable

import attrs
from packaging.utils import canonicalize_name

from sysid.component import HOST, PLURALS, Component, Kind, identify, is_host
from sysid.errors import SysidError, did_you_mean
from sysid.plugin import BrokenPlugin, Plugin, load_plugin

__all__ = ["BrokenPlugin", "Component", "Kind", "Plugin", "Registry", "discover"]

GROUP = "sysid"
EntryPoint = importlib.metadata.EntryPoint


@attrs.frozen
class Registry:
    """Hold what was discovered.

    Attributes:
        plugins: those that work, in the order of their names.
        broken: those that do not.
    """

    plugins: tuple[Plugin, ...]
    broken: tuple[BrokenPlugin, ...] = ()

    def components(self, kind: Kind) -> tuple[Component, ...]:
        """Return the components of one kind by name, those that ship with sysid first."""
        found = [component for plugin in self.plugins for component in plugin.components]
        of_kind = [component for component in found if component.kind == kind]
        return tuple(sorted(of_kind, key=lambda component: (":" in component.name, component.name)))

    def find(self, kind: Kind, name: str) -> Component:
        """Return the component of a kind by its name.

        Raises:
            SysidError: there is none; the line names the nearest, or the package that should have it.
        """
        known = {component.name: component for component in self.components(kind)}
        if name not in known:
            raise SysidError(f'unknown {kind} "{name}"{self._explain(kind, name, list(known))}')
        return known[name]

    def shadowed(self, plugin: Plugin) -> tuple[Component, ...]:
        """Return what ships under the bare name of a component that a plugin offers: recipes mean that."""
        if plugin.ships:
            return ()
        same = {(each.kind, each.name.rpartition(":")[2]) for each in plugin.components}
        shipped = (each for kind in PLURALS for each in self.components(kind) if ":" not in each.name)
        return tuple(each for each in shipped if (each.kind, each.name) in same)

    def broken_for(self, kind: Kind, name: str) -> tuple[BrokenPlugin, ...]:
        """Return the broken plugins that a component of this name would come from."""
        namespace, colon, _ = name.rpartition(":")
        needed = namespace if colon else f"sysid_{PLURALS[kind]}"
        broken = (each for each in self.broken if each.plugin == needed)
        return tuple(each for each in broken if colon or each.package == HOST)

    def _explain(self, kind: Kind, name: str, known: list[str]) -> str:
        """Return why a name is not there and what to do, from behind the name on."""
        namespace, colon, bare = name.rpartition(":")
        broken = self.broken_for(kind, name)
        if broken:
            return "".join(f"; {plugin}" for plugin in broken)
        if colon and namespace not in {plugin.plugin for plugin in self.plugins}:
            nearest = did_you_mean(name, [other for other in known if ":" in other])
            return nearest or f'; no plugin is called "{namespace}": `pip install` the package that has it'
        same = [other for other in known if other.rpartition(":")[2] == bare]
        if same:
            return f'; did you mean "{same[0]}"?'
        others = [other for other in PLURALS if any(name == each.name for each in self.components(other))]
        if others:
            return f'; "{name}" is one of the {PLURALS[others[0]]}'
        return did_you_mean(name, known) or f"; the {PLURALS[kind]} are {', '.join(known) or 'none'}"


def discover(entry_points: Iterable[EntryPoint] | None = None) -> Registry:
    """Look for plugins among the installed packages and load them one by one.

    Args:
        entry_points: instead of those of group `sysid` that are installed.
    """
    if entry_points is None:
        entry_points = tuple(importlib.metadata.entry_points(group=GROUP))
    plugins: list[Plugin] = []
    broken: list[BrokenPlugin] = []
    together = [(claim, claims) for claims in _claims(entry_points).values() for claim in claims]
    # what ships comes first, so that nobody else's plugin is found slow for what sysid imports anyway
    for claim, claims in sorted(together, key=lambda each: (not is_host(each[0].dist), each[0].name)):
        loaded = _refuse_shared(claim, claims) or load_plugin(claim)
        if isinstance(loaded, Plugin):
            plugins.append(loaded)
        else:
            broken.append(loaded)
    by_name = operator.attrgetter("plugin", "package")
    return Registry(tuple(sorted(plugins, key=by_name)), tuple(sorted(broken, key=by_name)))


def _claims(entry_points: Iterable[EntryPoint]) -> dict[str, list[EntryPoint]]:
    """Return entry points by name, one for each distribution.

    A stale editable install can list its distribution a second time; the first on the path is the one that
    Python imports.
    """
    claims: dict[str, dict[str, EntryPoint]] = {}
    for entry_point in entry_points:
        package = canonicalize_name(identify(entry_point.dist)[0])
        claims.setdefault(entry_point.name, {}).setdefault(package, entry_point)
    return {name: list(by_package.values()) for name, by_package in claims.items()}


def _refuse_shared(claim: EntryPoint, claims: list[EntryPoint]) -> BrokenPlugin | None:
    """Refuse each of several distributions that claim one name, but never sysid itself."""
    others = [" ".join(identify(other.dist)) for other in claims if other is not claim]
    if not others or is_host(claim.dist):  # else installing a plugin could take away what ships
        return None
    ours = any(is_host(other.dist) for other in claims)
    remedy = f"uninstall {identify(claim.dist)[0]}" if ours else "uninstall one of them"
    reason = f'the name "{claim.name}" is also claimed by {" and ".join(others)}; {remedy}'
    return BrokenPlugin(claim.name, *identify(claim.dist), reason)
