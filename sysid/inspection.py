"""What a file holds, what can be modelled from it, and the recipe that does so."""

from typing import Any

import attrs

Lines = tuple[str, ...]
Rows = tuple[tuple[str, ...], ...]
"""A table: the first row is its heading."""


def _to_tuple(value: Any) -> Any:
    """Return any sequence but a text as a tuple: a text would fall into letters."""
    return value if isinstance(value, str) else tuple(value)


def _texts(_instance: Any, attribute: attrs.Attribute, value: Any) -> None:
    if isinstance(value, str) or not all(isinstance(each, str) for each in value):
        raise TypeError(f"{attribute.name}: expected sentences, got {value!r}")


def _sections(_instance: Any, _attribute: attrs.Attribute, value: Any) -> None:
    for title, content in value:
        if not isinstance(title, str):
            raise TypeError(f"sections: expected a title, got {title!r}")
        lines = all(isinstance(each, str) for each in content)
        if not isinstance(content, tuple) or not (lines or _is_table(content)):
            raise TypeError(f"sections: {title}: expected lines, or rows of equal length, got {content!r}")


def _is_table(content: tuple[Any, ...]) -> bool:
    """Say whether these are rows of texts, all as long as the first."""
    return all(
        isinstance(row, tuple) and len(row) == len(content[0]) and all(isinstance(cell, str) for cell in row)
        for row in content
    )


@attrs.frozen(kw_only=True)
class Inspection:
    """Hold what a look into one file found.

    Attributes:
        sections: (title, lines of text) or (title, rows of a table, the heading first), in the order to read.
        models: what can be modelled, a sentence each; nothing where something needed is missing.
        missing: what is missing or broken, and where such files usually come from, a sentence each.
        recipe: the text of a recipe that models it; None where nothing can be modelled.
        ambiguous: what to choose or to fill in before the recipe is right; empty where it runs as it is.

    Raises:
        TypeError: something else than these, which would break the page.
    """

    sections: tuple[tuple[str, Lines | Rows], ...] = attrs.field(converter=_to_tuple, validator=_sections)
    models: tuple[str, ...] = attrs.field(default=(), converter=_to_tuple, validator=_texts)
    missing: tuple[str, ...] = attrs.field(default=(), converter=_to_tuple, validator=_texts)
    recipe: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.instance_of(str))
    )
    ambiguous: str = attrs.field(default="", validator=attrs.validators.instance_of(str))
