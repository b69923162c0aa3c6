"""The page of the components that ship with sysid, and their keys."""

import inspect
from collections.abc import Iterator

from sysid.component import HOST, PLURALS, Component
from sysid.reference.markdown import NOTICE, join_blocks, tabulate
from sysid.registry import Registry
from sysid.schema import document


def describe_components(registry: Registry) -> str:
    """Return the page of the components that ship with sysid, as Markdown; other plugins are left out."""
    lines = ["# Components", NOTICE, "`sysid show KIND:NAME` prints the same of any installed component."]
    for kind, plural in PLURALS.items():
        lines.append(f"## {plural.capitalize()}")
        for component in registry.components(kind):
            if component.package == HOST:
                lines.extend(_describe_component(component))
    return join_blocks(lines)


def _describe_component(component: Component) -> Iterator[str]:
    """Yield one component: name, docstring, and a table of its keys."""
    yield f"### {component.kind}:{component.name}"
    if component.kind == "analysis":
        yield f"Scope: {component.config_class.scope}."  # type: ignore[attr-defined]  # checked at discovery
    yield inspect.getdoc(component.config_class) or ""
    fields = document(component.config_class)
    if fields:
        yield from tabulate(fields)
    else:
        yield "It has no keys but `use`."
