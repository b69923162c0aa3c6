"""The name of a new plugin: of its package, its folder, and before the colon in recipes."""

import importlib.metadata
import importlib.util
import keyword
import re
import sys

from packaging.utils import canonicalize_name

from sysid.component import identify
from sysid.errors import SysidError, did_you_mean
from sysid.registry import GROUP

NAME = re.compile(r"[a-z](?:[a-z0-9_-]*[a-z0-9])?")
IN_WORDS = 'lower-case letters, digits, "_" and "-", a letter first, a letter or digit last'


def choose_import_name(name: str) -> str:
    """Return the name that a plugin's package is imported by: a dash becomes an underscore.

    Raises:
        SysidError: no package can be imported by it, or a plugin, a package or a module has it already.
    """
    if not NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        hint = did_you_mean(name.lower(), [near]) if NAME.fullmatch(near) else ""
        raise SysidError(f'new-plugin: expected a name of {IN_WORDS}, got "{name}"{hint}')
    import_name = name.replace("-", "_")
    taken = find_owner(name, import_name)
    if taken:
        raise SysidError(f'new-plugin: expected a name that nothing has yet, got "{name}", {taken}')
    return import_name


def find_owner(name: str, import_name: str) -> str:
    """Return in words what has a name already, or nothing; no plugin is imported."""
    if keyword.iskeyword(import_name):
        return "a keyword of Python"
    for entry_point in importlib.metadata.entry_points(group=GROUP):
        if canonicalize_name(entry_point.name) == canonicalize_name(name):
            return f"an installed plugin ({' '.join(identify(entry_point.dist))})"
    try:
        return f"an installed package ({' '.join(identify(importlib.metadata.distribution(name)))})"
    except importlib.metadata.PackageNotFoundError:
        pass
    if import_name in sys.stdlib_module_names:
        return "a module of Python's own"
    return "a module that is installed" if importlib.util.find_spec(import_name) else ""
