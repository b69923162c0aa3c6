"""The page of the hooks, and of the interfaces that a plugin's classes derive from."""

import inspect
import re
from collections.abc import Iterator

from sysid import _HOME, hookspecs, interface
from sysid.component import HOOKS
from sysid.reference.markdown import NOTICE, join_blocks
from sysid.reference.member import describe_function, describe_name

INTRODUCTION = """\
A plugin implements hooks, marked with [`sysid.hookimpl`](python.md#hookimpl), that return classes which
derive from the interfaces below; [write a plugin](../how-to/write_a_plugin.md) does it step by step.
[Contracts](../explanation/contracts.md) says what each promises, and [`sysid.testing`](testing.md) holds a
part against it. All names but those of the hooks are names of `sysid`.
"""

HOOKS_TEXT = "These are all. Each takes nothing, and a plugin implements one or several."


def describe_interfaces() -> str:
    """Return the page as Markdown."""
    return join_blocks(_blocks())


def interface_names() -> tuple[str, ...]:
    """Return the public names that the module of the interfaces defines, in its order."""
    defined = re.findall(r"^(?:class )?(\w+)(?:\(.*\))?(?::| = )", inspect.getsource(interface), re.M)
    return tuple(name for name in defined if _HOME.get(name) == interface.__name__)


def _blocks() -> Iterator[str]:
    yield from ("# Hooks and interfaces", NOTICE, INTRODUCTION, "## Hooks", HOOKS_TEXT)
    for hook in HOOKS:
        yield from describe_function(getattr(hookspecs, hook), hook)
    yield "## Interfaces"
    for name in interface_names():
        yield from describe_name(interface.__name__, name)
