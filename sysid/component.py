"""What a plugin offers: components of five kinds, each known by kind and name."""

import inspect
import re
from collections.abc import Iterator
from importlib import metadata
from typing import Any, Literal, get_args

import attrs
from packaging.utils import canonicalize_name

from sysid.configuration import AnalysisKeys, DatasetKeys
from sysid.interface import Analysis, Core, Dataset, Encoder, Readout
from sysid.schema_type import find_unsupported

Kind = Literal["dataset", "encoder", "core", "readout", "analysis"]
KINDS: tuple[Kind, ...] = get_args(Kind)
PLURALS: dict[Kind, str] = {
    "dataset": "datasets",
    "encoder": "encoders",
    "core": "cores",
    "readout": "readouts",
    "analysis": "analyses",
}
HOOKS: dict[str, Kind] = {f"sysid_{plural}": kind for kind, plural in PLURALS.items()}
INTERFACES: dict[Kind, type] = {
    "dataset": Dataset,
    "encoder": Encoder,
    "core": Core,
    "readout": Readout,
    "analysis": Analysis,
}
HOST = "neural-sysid"  # the distribution whose parts have bare names
HOST_KEYS: dict[Kind, tuple[str, ...]] = {kind: ("use",) for kind in KINDS} | {
    "dataset": ("use", *(field.name for field in attrs.fields(DatasetKeys))),
    "analysis": ("use", *(field.name for field in attrs.fields(AnalysisKeys))),
}
"""Keys of a component's table that the host reads; no component may have a field of that name."""

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
NAME_IN_WORDS = 'letters, digits, "_", "-" and "."'


@attrs.frozen
class Component:
    """One part that a recipe can `use`, and who provided it.

    Attributes:
        kind: which of the five.
        name: bare where it ships with sysid, else `plugin:name`.
        config_class: its keys, and how it is built.
        package: the distribution it came from.
        version: of that distribution.
        plugin: the entry point it came through.
        parts: (key, component) of the parts that its keys hold in one use of it, as a readout that wraps
            another has; none of what a plugin offers.
    """

    kind: Kind
    name: str
    config_class: type
    package: str
    version: str
    plugin: str
    parts: tuple[tuple[str, "Component"], ...] = ()

    def with_parts(self) -> Iterator["Component"]:
        """Yield this component and those that its keys hold, at any depth."""
        yield self
        for _, part in self.parts:
            yield from part.with_parts()


def make_components(
    kind: Kind, offered: Any, plugin: str, distribution: metadata.Distribution
) -> tuple[Component, ...]:
    """Make components of what a hook returned.

    Raises:
        ValueError: it is not names with config classes of this kind; the message says what is wrong.
    """
    if not isinstance(offered, dict):
        raise ValueError(f"expected a dict of names and classes, got {type(offered).__name__}")
    mistakes = [line for name, cls in offered.items() for line in find_mistakes(kind, name, cls)]
    if mistakes:
        raise ValueError("; ".join(mistakes))
    prefix = "" if is_host(distribution) else f"{plugin}:"
    package, version = identify(distribution)
    return tuple(
        Component(kind, f"{prefix}{name}", cls, package, version, plugin) for name, cls in offered.items()
    )


def identify(distribution: metadata.Distribution) -> tuple[str, str]:
    """Return a distribution's name and version; the leftovers of an uninstalled one may have neither."""
    return distribution.metadata.get("Name", "unnamed"), distribution.metadata.get("Version", "unknown")


def is_host(distribution: metadata.Distribution) -> bool:
    """Say whether a distribution is sysid's own."""
    return canonicalize_name(identify(distribution)[0]) == HOST


def find_mistakes(kind: Kind, name: Any, cls: Any) -> Iterator[str]:
    """Yield what is wrong with one entry; only the first reason, where the others follow from it."""
    interface = INTERFACES[kind]
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        yield f"expected a name of {NAME_IN_WORDS}, got {name!r}"
    elif not (isinstance(cls, type) and issubclass(cls, interface)):
        shown = cls.__name__ if isinstance(cls, type) else repr(cls)
        yield f"{name}: expected a class derived from sysid.{interface.__name__}, got {shown}"
    elif not _is_frozen(cls):
        yield f"{name}: expected a frozen attrs class (@attrs.frozen), got {cls.__name__}"
    elif inspect.isabstract(cls):
        yield f"{name}: {cls.__name__} does not define {', '.join(sorted(cls.__abstractmethods__))}"
    elif kind == "analysis" and getattr(cls, "scope", None) not in ("run", "recipe"):
        yield f'{name}: expected {cls.__name__} to have scope = "run" or scope = "recipe"'
    else:
        yield from (f"{name}: {line}" for line in find_unsupported(cls))
        for taken in sorted(set(HOST_KEYS[kind]) & set(attrs.fields_dict(cls))):
            yield f'{name}: expected no field named "{taken}", which is a key of sysid\'s own'


def _is_frozen(cls: type) -> bool:
    """Say whether a class itself, not only one it derives from, was made by `attrs.frozen`."""
    if "__attrs_attrs__" not in vars(cls):
        return False
    try:
        cls.__setattr__(object(), "probe", None)  # a frozen class refuses before it looks at the object
    except attrs.exceptions.FrozenInstanceError:
        return True
    except AttributeError:
        return False
    return False
