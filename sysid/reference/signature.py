"""Signatures as the source has them, with the shapes of arrays and the names of types as written there."""

import ast
import inspect
import itertools
import json
import math
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs

WIDTH = 88  # of a signature in one line; a longer one has a parameter a line


def function_signature(function: Callable[..., Any], name: str) -> str:
    """Return `def name(…) -> …` of a function or method; `name` may be dotted."""
    source, definition = _find_definition(function)
    defaults = {each.name: each.default for each in inspect.signature(function).parameters.values()}
    parameters = list(_parameters(source, definition.args, defaults))
    return _lay_out(f"def {name}", parameters, _returned(source, definition, " -> "))


def property_signature(function: Callable[..., Any], name: str) -> str:
    """Return `name: …` of a property, by the function that computes it."""
    return name + _returned(*_find_definition(function), ": ")


def class_signature(cls: type, name: str) -> str:
    """Return `class name(…)`: the fields of an attrs class that others make, else what it derives from."""
    fields = attrs.fields(cls) if "__attrs_attrs__" in vars(cls) else ()
    if fields and not any(field.name.startswith("_") for field in fields):  # else nobody is to make one
        return _lay_out(f"class {name}", list(_fields(cls)), "")
    bases = [base.__name__ for base in cls.__bases__ if base is not object]
    return _lay_out(f"class {name}", bases, "") if bases else f"class {name}"


def parameter_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of what a function or method is given."""
    names = inspect.signature(function).parameters
    return tuple(name for name in names if name not in ("self", "cls"))


def alias_source(module: Any, name: str) -> tuple[str, str]:
    """Return a type alias of a module as it is written, and the text below it that says what it is."""
    source = inspect.getsource(module)
    body = ast.parse(source).body
    for statement, below in itertools.pairwise(body):
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            told = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            return _segment(source, statement), str(below.value.value) if told else ""
    raise ValueError(f"{module.__name__}: expected {name} to be assigned in it")


def _find_definition(function: Callable[..., Any]) -> tuple[str, ast.FunctionDef]:
    """Return the source of a function, and its definition therein."""
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.FunctionDef)
    return source, definition


def _returned(source: str, definition: ast.FunctionDef, before: str) -> str:
    return "" if definition.returns is None else before + _segment(source, definition.returns)


def _parameters(source: str, arguments: ast.arguments, defaults: dict[str, Any]) -> Iterator[str]:
    """Yield parameters as written, with the marks of what is given by position or by keyword alone."""
    positional = [*arguments.posonlyargs, *arguments.args]
    for number, argument in enumerate(positional, 1):
        yield _parameter(source, argument, defaults)
        if number == len(arguments.posonlyargs):
            yield "/"
    if arguments.vararg is not None:
        yield f"*{_parameter(source, arguments.vararg, {})}"
    elif arguments.kwonlyargs:
        yield "*"
    for argument in arguments.kwonlyargs:
        yield _parameter(source, argument, defaults)
    if arguments.kwarg is not None:
        yield f"**{_parameter(source, arguments.kwarg, {})}"


def _parameter(source: str, argument: ast.arg, defaults: dict[str, Any]) -> str:
    kind = "" if argument.annotation is None else f": {_segment(source, argument.annotation)}"
    default = defaults.get(argument.arg, inspect.Parameter.empty)
    if default is inspect.Parameter.empty:
        return f"{argument.arg}{kind}"
    equals = " = " if kind else "="
    return f"{argument.arg}{kind}{equals}{_show(default)}"


def _fields(cls: type) -> Iterator[str]:
    """Yield the fields of an attrs class that its constructor takes, with their types as written."""
    source = textwrap.dedent(inspect.getsource(cls))
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.ClassDef)
    types = {
        ast.unparse(line.target): _segment(source, line.annotation)
        for line in definition.body
        if isinstance(line, ast.AnnAssign)
    }
    keywords_began = False
    for field in attrs.fields(cls):
        if not field.init:
            continue
        if field.kw_only and not keywords_began:
            keywords_began = True
            yield "*"
        yield f"{field.alias}: {types[field.name]}{_default(field)}"


def _default(field: attrs.Attribute) -> str:
    if field.default is attrs.NOTHING:
        return ""
    default = field.default
    return f" = {_show(default.factory() if isinstance(default, attrs.Factory) else default)}"


def _show(default: Any) -> str:
    """Return a default in Python's notation, in so far as it has one in a word or two."""
    if default is attrs.NOTHING:
        return "attrs.NOTHING"
    if isinstance(default, float) and not math.isfinite(default):
        return f'float("{default}")'
    if isinstance(default, str):
        return json.dumps(default, ensure_ascii=False)
    if isinstance(default, Path):
        return f"Path({_show(str(default))})"
    return repr(default) if default is None or isinstance(default, int | float | tuple | dict) else "..."


def _segment(source: str, node: ast.AST) -> str:
    """Return a piece of source in one line."""
    return " ".join((ast.get_source_segment(source, node) or ast.unparse(node)).split())


def _lay_out(head: str, parts: list[str], tail: str) -> str:
    line = f"{head}({', '.join(parts)}){tail}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{head}(", *(f"    {part}," for part in parts), f"){tail}"])
