"""Turn tables into config instances, strictly: the classes' own types are the schema."""

import contextlib
import functools
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import attrs
from cattrs import ClassValidationError, Converter, IterableValidationError
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.gen import make_dict_structure_fn, override

from sysid.errors import SysidErrors, did_you_mean
from sysid.schema_document import FieldDocument, document
from sysid.schema_error import Mistake, find_mistakes, in_line
from sysid.schema_type import PARTS
from sysid.toml_text import describe, write_value

__all__ = ["FieldDocument", "document", "structure", "try_structure", "unstructure"]

Table = dict[str, Any]
Config = TypeVar("Config")


def structure(cls: type[Config], table: Any, where: str) -> Config:
    """Make a config from a table as TOML or JSON gives it.

    Nothing is converted but int to float, array to tuple and str to Path; every mistake is found at once.

    Args:
        cls: a frozen attrs class whose fields are made by `sysid.key`.
        table: the keys and values.
        where: what stands before the key in a message, such as `recipes/x.toml: core`.

    Raises:
        SysidErrors: one line for each mistake.
    """
    instance, mistakes = try_structure(cls, table)
    if instance is None:
        raise SysidErrors(in_line(mistake, where) for mistake in mistakes)
    return instance


def try_structure(
    cls: type[Config], table: Any, other_keys: Iterable[str] = ()
) -> tuple[Config | None, tuple[Mistake, ...]]:
    """Make a config from a table, or return None and what is wrong with it.

    `other_keys` may stand in the same table of a recipe and are not in `table`; an unknown key may mean them.
    """
    try:
        return _converter().structure(table, cls), ()
    except (ClassValidationError, IterableValidationError, ValueError) as error:
        return None, find_mistakes(error, other_keys)


def unstructure(instance: Any) -> Table:
    """Return a config as a table that JSON can hold and `structure` reads back."""
    return _converter().unstructure(instance)


@functools.cache
def _converter() -> Converter:
    """Make the converter: cattrs walks classes and collects mistakes, the hooks below are strict."""
    converter = Converter(
        forbid_extra_keys=True, detailed_validation=True, unstruct_collection_overrides={tuple: list}
    )
    converter.register_unstructure_hook(Path, str)
    converter.register_unstructure_hook_func(lambda kind: kind in PARTS, converter.unstructure)
    converter.register_structure_hook(bool, _exactly(bool, "bool"))
    converter.register_structure_hook(int, _exactly(int, "int"))
    converter.register_structure_hook(str, _exactly(str, "str"))
    converter.register_structure_hook(float, _structure_float)
    converter.register_structure_hook(Path, _structure_path)
    converter.register_structure_hook_func(lambda kind: get_origin(kind) is Literal, _structure_literal)
    converter.register_structure_hook_factory(lambda kind: get_origin(kind) is tuple, _make_tuple_hook)
    converter.register_structure_hook_func(lambda kind: kind in PARTS, _take_part)
    converter.register_structure_hook_factory(attrs.has, _make_table_hook)
    return converter


def _exactly(kind: type, words: str) -> Callable[[Any, Any], Any]:
    """Return a hook that lets one type through; a bool is not an int here."""

    def structure_exactly(value: Any, _type: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"expected {words}, got {describe(value)}")
        return value

    return structure_exactly


def _structure_float(value: Any, _type: Any) -> float:
    if type(value) not in (int, float):
        raise ValueError(f"expected float, got {describe(value)}")
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {value}")
    return float(value)


def _structure_path(value: Any, _type: Any) -> Path:
    if type(value) is not str or not value:
        raise ValueError(f"expected a path, got {describe(value)}")
    return Path(value)


def _structure_literal(value: Any, literal: Any) -> Any:
    choices = get_args(literal)
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        expected = ", ".join(write_value(choice) for choice in choices)
        nearest = did_you_mean(value, [str(choice) for choice in choices]) if isinstance(value, str) else ""
        one_of = "one of " if len(choices) > 1 else ""
        raise ValueError(f"expected {one_of}{expected}, got {describe(value)}{nearest}")
    return value


def _take_part(value: Any, interface: Any) -> Any:
    """Take a part that was made from its own table before: which it is, only the registry knows."""
    if not isinstance(value, interface):
        raise ValueError(f"expected a table that says which {PARTS[interface]} to use, got {describe(value)}")
    return value


def _make_tuple_hook(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    structure_entries = homogenous_tuple_structure_factory(kind, converter)

    def structure_tuple(value: Any, _type: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):  # a str would be taken letter by letter
            raise ValueError(f"expected an array, got {describe(value)}")
        return structure_entries(value, kind)

    return structure_tuple


def _make_table_hook(cls: type, converter: Converter) -> Callable[[Any, Any], Any]:
    overrides = {
        field.name: override(struct_hook=_checked(field, converter))
        for field in attrs.fields(attrs.resolve_types(cls))
    }
    structure_keys = make_dict_structure_fn(cls, converter, **overrides)

    def structure_table(value: Any, _type: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"expected a table, got {describe(value)}")
        return structure_keys(value, cls)

    return structure_table


def _checked(field: attrs.Attribute, converter: Converter) -> Callable[[Any, Any], Any]:
    """Return a hook that also checks a field's range, so that a range mistake is told with all the others."""
    structure_value = converter.get_structure_hook(field.type)

    def structure_and_check(value: Any, kind: Any) -> Any:
        result = structure_value(value, kind)
        if field.validator is not None:
            # One that looks at other fields finds none here; the constructor runs it again, with all of them.
            with contextlib.suppress(AttributeError):
                field.validator(None, field, result)
        return result

    return structure_and_check
