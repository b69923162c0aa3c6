"""Documented, range-checked fields for config classes."""

from collections.abc import Callable
from typing import Any

import attrs


def key(
    doc: str,
    *,
    default: Any = attrs.NOTHING,
    unit: str = "",
    at_least: float | int | None = None,
    at_most: float | int | None = None,
    above: float | int | None = None,
    below: float | int | None = None,
) -> Any:
    """Make an attrs field of a config class: documented, with its unit and its range.

    A tuple is checked entry by entry, and `None` always passes.

    Args:
        doc: what the key means, as `sysid show` and the reference print it.
        default: holds where the key is left out; without one it is required.
        unit: of the value, printed beside it.
        at_least, at_most: bounds that are allowed themselves.
        above, below: bounds that are not.
    """
    bounds: tuple[tuple[str, float | int | None, Callable[[Any, float], bool]], ...] = (
        ("at least", at_least, lambda value, bound: value >= bound),
        ("at most", at_most, lambda value, bound: value <= bound),
        ("above", above, lambda value, bound: value > bound),
        ("below", below, lambda value, bound: value < bound),
    )
    given = [(words, bound, holds) for words, bound, holds in bounds if bound is not None]

    def check(_instance: Any, _attribute: Any, value: Any) -> None:
        for entry in value if isinstance(value, tuple) else (value,):
            for words, bound, holds in given:
                if entry is not None and not holds(entry, bound):
                    raise ValueError(f"expected {words} {bound:g}, got {entry!r}")

    metadata = {
        "doc": doc,
        "unit": unit,
        "range": ", ".join(f"{words} {bound:g}" for words, bound, _ in given),
    }
    return attrs.field(default=default, metadata=metadata, validator=check if given else None)
