"""Load one plugin: everything that somebody else's code can break is kept to this file."""

import importlib.metadata
import inspect
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import attrs
import pluggy
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sysid import hookspecs
from sysid.component import HOOKS, HOST, NAME, NAME_IN_WORDS, Component, identify, make_components
from sysid.errors import SysidError, describe_error, did_you_mean

SLOW_S = 3.0  # a package that itself imports little takes a tenth of this


@attrs.frozen
class Plugin:
    """A plugin that works, and what it offers.

    Attributes:
        plugin: the entry point, which is the namespace.
        package, version: the distribution it came from.
        components: what it offers.
        import_s: what it took to import it and to ask its hooks, beside what sysid had imported before.
    """

    plugin: str
    package: str
    version: str
    components: tuple[Component, ...]
    import_s: float = attrs.field(default=0.0, eq=False)

    @property
    def ships(self) -> bool:
        """Whether it is sysid's own."""
        return canonicalize_name(self.package) == HOST

    @property
    def slow(self) -> bool:
        """Whether everybody waits for its import; what ships is slow only where the machine is."""
        return self.import_s >= SLOW_S and not self.ships

    @property
    def offers(self) -> tuple[str, ...]:
        """Return `kind:name` of every component."""
        return tuple(f"{component.kind}:{component.name}" for component in self.components)


@attrs.frozen
class BrokenPlugin:
    """A plugin that does not work; an error only for a recipe that needs it.

    Attributes:
        plugin: the entry point, which is the namespace.
        package, version: the distribution it came from.
        reason: one line.
    """

    plugin: str
    package: str
    version: str
    reason: str

    def __str__(self) -> str:
        return f"plugin {self.plugin} of {self.package} {self.version} is broken: {self.reason}"


class RefusedPluginError(SysidError):
    """Say why a plugin is refused before anything of it is used."""


def load_plugin(entry_point: importlib.metadata.EntryPoint) -> Plugin | BrokenPlugin:
    """Import one plugin and call its hooks."""
    distribution = entry_point.dist
    package, version = identify(distribution)
    stage = "its requirements"
    started = time.perf_counter()
    try:
        refuse_bad_name(entry_point.name)
        refuse_other_version(distribution)
        stage = "its import"
        module = entry_point.load()
        stage = "a look at its hooks"
        components: list[Component] = []
        for hook, implementation in find_hooks(module):
            stage = f"{hook}()"
            offered = implementation()
            try:
                components.extend(make_components(HOOKS[hook], offered, entry_point.name, distribution))
            except ValueError as error:
                raise RefusedPluginError(f"{hook}: {error}") from error
    except RefusedPluginError as error:
        return BrokenPlugin(entry_point.name, package, version, str(error))
    # The one place where everything is caught: other people's code runs here, and a plugin that raises, or
    # exits as a script would, must not take down recipes that do not need it.
    except (Exception, SystemExit) as error:
        return BrokenPlugin(entry_point.name, package, version, f"{stage} raised {describe_error(error)}")
    import_s = time.perf_counter() - started
    return Plugin(entry_point.name, package, version, tuple(components), import_s)


def refuse_bad_name(name: str) -> None:
    """Raise `RefusedPluginError` where a name cannot stand before the colon of `plugin:name`."""
    if not NAME.fullmatch(name):
        raise RefusedPluginError(f'expected an entry point name of {NAME_IN_WORDS}, got "{name}"')


def refuse_other_version(distribution: importlib.metadata.Distribution) -> None:
    """Raise `RefusedPluginError` where a package's `Requires-Dist` excludes the installed sysid."""
    for text in distribution.requires or ():
        requirement = Requirement(text)
        if canonicalize_name(requirement.name) != HOST:
            continue
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        installed = importlib.metadata.version(HOST)
        if not requirement.specifier.contains(installed, prereleases=True):
            raise RefusedPluginError(f"it needs {HOST}{requirement.specifier}, but {installed} is installed")


def find_hooks(module: Any) -> Iterator[tuple[str, Any]]:
    """Return (hook, function) for every hook that a module implements, in the order of the hooks.

    Raises:
        RefusedPluginError: no hook, a marked function that is no hook, or a hook that is not marked.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)  # its own, so that nothing is shared between plugins
    manager.add_hookspecs(hookspecs)
    manager.register(module)
    callers = {caller.name: caller for caller in manager.get_hookcallers(module) or ()}
    for name in sorted(callers.keys() - HOOKS.keys()):
        raise RefusedPluginError(f'unknown hook "{name}"{did_you_mean(name, HOOKS)}')
    for name in HOOKS:
        if name not in callers and _is_function_of(module, name):
            raise RefusedPluginError(f"{name}: expected it to be marked with @sysid.hookimpl")
    if not callers:
        raise RefusedPluginError(f"expected at least one hook ({', '.join(HOOKS)}), got none")
    return (
        (name, implementation.function)
        for name in HOOKS
        if name in callers
        for implementation in callers[name].get_hookimpls()
    )


def _is_function_of(module: ModuleType, name: str) -> bool:
    return inspect.isfunction(getattr(module, name, None))
