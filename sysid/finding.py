"""What an analysis found: numbers, pictures and tables, each with the words that a report puts beside it."""

from collections.abc import Callable
from typing import Any

import attrs

from sysid.errors import SysidError
from sysid.file_name import is_file_name


def _in_folder(_instance: Any, attribute: attrs.Attribute, value: Any) -> None:
    if not isinstance(value, str) or not is_file_name(value):
        raise TypeError(f"{attribute.name}: expected the name of a file in the folder, got {value!r}")


def _text(_instance: Any, attribute: attrs.Attribute, value: Any) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{attribute.name}: expected text, got {value!r}")


@attrs.frozen
class Picture:
    """Name one figure that an analysis drew.

    Attributes:
        stem: `<stem>.png` and `<stem>.svg` lie in the analysis's folder.
        caption: what to see in it, in a sentence or two.
        answers: which figure of which paper it answers, such as "Fig. 5B, Zheng et al. 2021", or nothing.

    Raises:
        TypeError: something else than text, or a stem that leads into another folder.
    """

    stem: str = attrs.field(validator=_in_folder)
    caption: str = attrs.field(validator=_text)
    answers: str = attrs.field(default="", validator=_text)


@attrs.frozen
class Table:
    """Name one table that an analysis wrote.

    Attributes:
        file: a CSV file in the analysis's folder.
        caption: what a row is.

    Raises:
        TypeError: something else than text, or a file in another folder.
    """

    file: str = attrs.field(validator=_in_folder)
    caption: str = attrs.field(validator=_text)


def _texts(_instance: Any, attribute: attrs.Attribute, value: Any) -> None:
    if isinstance(value, str) or not all(isinstance(each, str) for each in value):
        raise TypeError(f"{attribute.name}: expected sentences, got {value!r}")


def _values(_instance: Any, attribute: attrs.Attribute, value: Any) -> None:
    allowed = (int, float, str) if attribute.name == "numbers" else (int, float)
    if not isinstance(value, dict) or not all(
        isinstance(name, str) and isinstance(each, allowed) for name, each in value.items()
    ):
        raise TypeError(f"{attribute.name}: expected numbers by name, got {value!r}")


def _all_of(kind: type) -> Callable[..., None]:
    return attrs.validators.deep_iterable(attrs.validators.instance_of(kind))


@attrs.frozen(kw_only=True)
class Findings:
    """Hold what one analysis found, or why it could not be done.

    Attributes:
        numbers: the headline numbers by name; NaN where one is not defined.
        headlines: the answer to the analysis's question, a sentence or two, or one for each session. A report
            says those of a recipe's analyses at its top.
        statements: further sentences that a reader needs beside the numbers, the most important first.
        warnings: sentences that a report shows in red, at its top too: a score that means nothing.
        beside_score: what belongs beside the run's score in a table, label → value, such as a null's mean.
        pictures: in the order to look at them.
        tables: written beside them.
        reason: one sentence that says why there is nothing; empty where there is something.
        failed: whether the analysis broke off, and `reason` is its error. The host says so; an analysis that
            gives a reason has looked, and that is a result.

    Raises:
        TypeError: something else than these, which would break every report it is in.
    """

    numbers: dict[str, float | str] = attrs.field(factory=dict, validator=_values)
    headlines: tuple[str, ...] = attrs.field(default=(), converter=tuple, validator=_texts)
    statements: tuple[str, ...] = attrs.field(default=(), converter=tuple, validator=_texts)
    warnings: tuple[str, ...] = attrs.field(default=(), converter=tuple, validator=_texts)
    beside_score: dict[str, float] = attrs.field(factory=dict, validator=_values)
    pictures: tuple[Picture, ...] = attrs.field(default=(), converter=tuple, validator=_all_of(Picture))
    tables: tuple[Table, ...] = attrs.field(default=(), converter=tuple, validator=_all_of(Table))
    reason: str = attrs.field(default="", validator=attrs.validators.instance_of(str))
    failed: bool = attrs.field(default=False, validator=attrs.validators.instance_of(bool))


def read_findings(content: dict[str, Any]) -> Findings:
    """Return findings from what JSON holds of them; a null number is NaN.

    Raises:
        SysidError: it is something else.
    """
    try:
        return _structure(content)
    except (AttributeError, KeyError, TypeError) as error:
        raise SysidError(f"expected the findings of an analysis, got other entries ({error})") from error


def _structure(content: dict[str, Any]) -> Findings:
    def defined(values: dict[str, Any]) -> dict[str, Any]:
        return {name: float("nan") if each is None else each for name, each in values.items()}

    return Findings(
        numbers=defined(content["numbers"]),
        headlines=tuple(content["headlines"]),
        statements=tuple(content["statements"]),
        warnings=tuple(content["warnings"]),
        beside_score=defined(content["beside_score"]),
        pictures=tuple(Picture(**each) for each in content["pictures"]),
        tables=tuple(Table(**each) for each in content["tables"]),
        reason=content["reason"],
    )
