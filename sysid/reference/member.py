"""Describe functions, classes and aliases: a heading, the signature, and what the docstring says."""

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from sysid.reference.docstring import read_docstring
from sysid.reference.markdown import fence_signature
from sysid.reference.signature import alias_source, class_signature, function_signature, property_signature


def describe_name(module: str, name: str) -> Iterator[str]:
    """Yield blocks of Markdown about one name of a module, whatever it is."""
    thing = getattr(import_module(module), name)
    if inspect.isfunction(thing):
        yield from describe_function(thing, name)
    elif isinstance(thing, type):
        yield from describe_class(thing, name)
    else:
        source, meaning = alias_source(import_module(module), name)
        yield from (f"### {name}", fence_signature(source), meaning)


def describe_function(function: Callable[..., Any], name: str, heading: str = "###") -> Iterator[str]:
    """Yield blocks of Markdown about one function or method."""
    yield f"{heading} {name}"
    yield fence_signature(function_signature(function, name))
    yield from read_docstring(function).blocks()


def describe_class(cls: type, name: str) -> Iterator[str]:
    """Yield blocks of Markdown about one class, then its properties and methods in order."""
    yield f"### {name}"
    yield fence_signature(class_signature(cls, name))
    yield from read_docstring(cls).blocks()
    for member, function in public_members(cls):
        full = f"{name}.{member}"
        if isinstance(inspect.getattr_static(cls, member), property):
            yield f"#### {full}"
            yield fence_signature(property_signature(function, full))
            yield from read_docstring(function).blocks()
        else:
            yield from describe_function(function, full, "####")


def public_members(cls: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield (name, function) of the methods and properties that a class itself defines and others may use."""
    for name in vars(cls):
        value = inspect.getattr_static(cls, name)
        if isinstance(value, property):
            value = value.fget
        elif isinstance(value, classmethod | staticmethod):
            value = value.__func__
        if inspect.isfunction(value) and not name.startswith("_"):
            yield name, value
