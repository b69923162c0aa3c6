"""The pages of what Python code may use: the names of `sysid`, of `sysid.metrics` and of `sysid.testing`."""

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from sysid import _HOME, interface, metrics, testing
from sysid.reference.markdown import NOTICE, join_blocks
from sysid.reference.member import describe_name

INTRODUCTION = """\
What plugins and scripts may rely on, beside the [interfaces](interfaces.md), [`sysid.metrics`](metrics.md)
and [`sysid.testing`](testing.md): `import sysid`, then `sysid.NAME`. [Work from
Python](../how-to/from_python.md) shows them in use. What is not on these pages may change.
"""

SECTIONS: dict[str, Callable[[Any], bool]] = {
    "Functions": lambda thing: not isinstance(thing, type),
    "Classes": lambda thing: isinstance(thing, type) and not issubclass(thing, Exception),
    "Errors": lambda thing: isinstance(thing, type) and issubclass(thing, Exception),
}


def describe_python() -> str:
    """Return the page of the names of `sysid` that are no interface, as Markdown."""
    return join_blocks(_names())


def describe_metrics() -> str:
    """Return the page of `sysid.metrics` as Markdown."""
    return join_blocks(_module(metrics, "Metrics"))


def describe_testing() -> str:
    """Return the page of `sysid.testing` as Markdown."""
    return join_blocks(_module(testing, "Checks for plugins"))


def _names() -> Iterator[str]:
    yield from ("# Names of `sysid`", NOTICE, INTRODUCTION)
    things = {
        name: getattr(import_module(home), name)
        for name, home in sorted(_HOME.items(), key=lambda pair: pair[0].lower())
        if home != interface.__name__
    }
    for title, belongs in SECTIONS.items():
        yield f"## {title}"
        for name, thing in things.items():
            if belongs(thing):
                yield from describe_name(_HOME[name], name)


def _module(module: ModuleType, title: str) -> Iterator[str]:
    """Yield what a module says of itself, then each of its public names."""
    yield from (f"# {title}: `{module.__name__}`", NOTICE, inspect.getdoc(module) or "", "## Names")
    for name in module.__all__:
        yield from describe_name(module.__name__, name)
