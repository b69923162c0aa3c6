"""Write values the way a recipe has them."""

import json
import re
from pathlib import Path
from typing import Any

import attrs

LONGEST = 60  # characters of a value in a message
# what JSON leaves as it is: TOML allows no DEL, and the others steer whoever shows the text
NOT_BARE = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def write_value(value: Any) -> str:
    """Return a value in TOML's notation, on one line; None, which TOML lacks, as `none`."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | Path):
        text = json.dumps(str(value), ensure_ascii=False)  # TOML's basic strings are JSON's
        return NOT_BARE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    if isinstance(value, list | tuple):
        return f"[{', '.join(write_value(entry) for entry in value)}]"
    if attrs.has(type(value)):
        value = {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name} = {write_value(entry)}' for name, entry in value.items())}}}"
    return str(value)


def describe(value: Any) -> str:
    """Return a value and its type for a message: `"32" (str)`, `true (bool)`, `[1, 2] (array)`."""
    kind = type(value).__name__
    kind = {"list": "array", "tuple": "array", "dict": "table"}.get(kind, kind)
    text = write_value(value)
    return f"{text if len(text) <= LONGEST else text[: LONGEST - 1] + '…'} ({kind})"
