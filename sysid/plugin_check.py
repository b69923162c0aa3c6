"""Check the components of a plugin against what their interfaces promise: `sysid plugins --check`."""

import importlib
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import attrs
from packaging.utils import canonicalize_name

from sysid.component import KINDS, Component
from sysid.errors import DataNotFoundError, SysidError, did_you_mean
from sysid.recipe_overlay import Setting, apply_setting, parse_setting
from sysid.registry import Registry
from sysid.run_plan import try_structure_component
from sysid.schema_error import in_line

Outcome = Literal["ok", "failed", "not checked"]


@attrs.frozen
class CheckResult:
    """What the checks of one component, or of a plugin that does not load, came to.

    Attributes:
        name: `kind:name`, or the plugin.
        outcome: "not checked" where the component wants a key or a file that it was not given.
        says: what is wrong, a sentence; nothing where all is well.
    """

    name: str
    outcome: Outcome
    says: str = ""


def check_plugin(registry: Registry, name: str, settings: Iterable[str] = ()) -> Iterator[CheckResult]:
    """Check every component that a name means, one after the other.

    Args:
        registry: where the name is looked up.
        name: of a plugin, of its package, or of a component: `acme`, `acme-sysid`, `acme:leaky`, `core:lstm`.
        settings: `key=value`, given to every component that has the key.

    Raises:
        SysidError: nothing has that name, or no component of it has the key of a setting.
    """
    components = find_components(registry, name)
    broken = [each for each in registry.broken if _means(name, each.plugin, each.package)]
    if not components and not broken:
        raise SysidError(_explain(registry, name))
    chosen = [parse_setting(text) for text in settings]
    for setting in chosen:
        refuse_useless(setting, components)
    for plugin in broken:
        yield CheckResult(plugin.plugin, "failed", str(plugin))
    for component in components:
        yield check_component(registry, component, chosen)


def find_components(registry: Registry, name: str) -> tuple[Component, ...]:
    """Return the components of a plugin or a package, or those of one name, of whichever kind."""
    plugins = [each for each in registry.plugins if _means(name, each.plugin, each.package)]
    if plugins:
        return tuple(component for plugin in plugins for component in plugin.components)
    every = (component for kind in KINDS for component in registry.components(kind))
    return tuple(each for each in every if name in (each.name, f"{each.kind}:{each.name}"))


def check_component(registry: Registry, component: Component, settings: Iterable[Setting]) -> CheckResult:
    """Make a component's config and check it."""
    name = f"{component.kind}:{component.name}"
    table: dict[str, Any] = {"use": component.name}
    keys = attrs.fields_dict(component.config_class)
    for setting in settings:
        if setting.path[0] in keys:
            table = apply_setting(table, setting)
    found, mistakes = try_structure_component(registry, component.kind, table)
    if found is None:
        lines = "; ".join(in_line(mistake, "") for mistake in mistakes)
        return CheckResult(name, "not checked", f"{lines}; give keys with --set key=value")
    check = getattr(importlib.import_module("sysid.testing"), f"check_{component.kind}")
    try:
        check(found[1])
    except AssertionError as error:
        return CheckResult(name, "failed", _in_line(error))
    except DataNotFoundError as error:
        return CheckResult(name, "not checked", _in_line(error))
    # The plugin boundary: a part may raise whatever it likes, and the next one is checked all the same.
    except Exception as error:
        return CheckResult(name, "failed", f"it raised {type(error).__name__}: {_in_line(error)}")
    return CheckResult(name, "ok")


def refuse_useless(setting: Setting, components: Iterable[Component]) -> None:
    """Refuse a setting that no component takes.

    Raises:
        SysidError: the line names the key that is near.
    """
    known = {name for each in components for name in attrs.fields_dict(each.config_class)}
    if setting.path[0] not in known:
        near = did_you_mean(setting.path[0], known)
        raise SysidError(f"--set {setting.text}: none of these components has this key{near}")


def _means(name: str, plugin: str, package: str) -> bool:
    return name == plugin or canonicalize_name(name) == canonicalize_name(package)


def _explain(registry: Registry, name: str) -> str:
    """Return what is near a name that nothing has."""
    every = [component for kind in KINDS for component in registry.components(kind)]
    known = [each.plugin for each in (*registry.plugins, *registry.broken)]
    known += [each.name for each in every] + [f"{each.kind}:{each.name}" for each in every]
    near = did_you_mean(name, known) or "; `sysid plugins` and `sysid list` say what there is"
    return f'sysid plugins --check: no plugin or component is called "{name}"{near}'


def _in_line(error: Exception) -> str:
    return " ".join(str(error).split())
