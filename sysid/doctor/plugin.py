"""Plugins that are broken, slow, or have the name of a part that ships with sysid."""

import collections
import importlib.metadata
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from sysid.component import HOST
from sysid.doctor.remark import Remark
from sysid.doctor.requirement import find_unmet, own_requirements
from sysid.plugin import BrokenPlugin, Plugin
from sysid.registry import Registry


def examine_plugins(registry: Registry) -> Iterator[Remark]:
    """Yield a remark on what is found, and one on everything that is odd about it."""
    components = sum(len(plugin.components) for plugin in registry.plugins)
    yield Remark("ok", f"{len(registry.plugins)} plugins work and offer {components} components")
    ours = {each.plugin for each in registry.plugins if canonicalize_name(each.package) == HOST}
    claimed = collections.Counter(each.plugin for each in (*registry.plugins, *registry.broken))
    for plugin in registry.broken:
        yield explain_broken(plugin, claimed=claimed[plugin.plugin] > 1 and plugin.plugin not in ours)
    for plugin in registry.plugins:
        yield from examine_plugin(plugin, registry)


def explain_broken(plugin: BrokenPlugin, *, claimed: bool) -> Remark:
    """Say what is wrong with a plugin; `claimed` says that another, not sysid, has its name."""
    package = plugin.package
    remedy = f"`pip install --upgrade {package}`, or `pip uninstall {package}` if no recipe needs it"
    if claimed:
        remedy = f"`pip uninstall {package}`, or the other one, whichever recipes do not need"
    elif canonicalize_name(package) == HOST:
        remedy = f"install sysid anew: `pip install --force-reinstall {HOST}`"
    return Remark("problem", str(plugin), remedy)


def examine_plugin(plugin: Plugin, registry: Registry) -> Iterator[Remark]:
    """Yield remarks on one plugin that works."""
    name = f"plugin {plugin.plugin} of {plugin.package} {plugin.version}"
    if plugin.slow:
        yield Remark(
            "note",
            f"{name} is slow: its import took {plugin.import_s:.1f} s, which every command waits for",
            "uninstall it if no recipe needs it; its author can import what is heavy where it is used",
        )
    shadowed = [f"{each.kind} {each.name}" for each in registry.shadowed(plugin)]
    if shadowed:
        yield Remark(
            "note",
            f"{name} offers parts with the name of one that ships: {', '.join(shadowed)}",
            f'a bare name in a recipe means the one that ships, "{plugin.plugin}:NAME" the other',
        )
    if not plugin.ships:
        yield from examine_requirements(plugin)


def examine_requirements(plugin: Plugin) -> Iterator[Remark]:
    """Yield a remark where a package's own requirements are not met, though it could be imported."""
    try:
        distribution = importlib.metadata.distribution(plugin.package)
    except importlib.metadata.PackageNotFoundError:  # leftovers without a name
        return
    unmet = find_unmet(own_requirements(distribution))
    if unmet:
        needs = ", ".join(map(str, unmet))
        remedy = f"`pip install --upgrade {plugin.package} {HOST}` looks for versions that fit both"
        yield Remark("problem", f"{plugin.package} {plugin.version} needs {needs}", remedy)
