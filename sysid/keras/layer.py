"""One layer of a Keras architecture, and what may be asked of it."""

from pathlib import Path
from typing import Any

import attrs

from sysid.errors import SysidError
from sysid.toml_text import describe, write_value


@attrs.frozen
class KerasLayer:
    """One layer as `model.to_json()` of Keras 2 describes it; a key that is absent has Keras' default.

    Attributes:
        file: where it stands.
        name: of its node, which names its weights.
        kind: `class_name`, such as "Conv2D".
        config: its keys.
    """

    file: Path
    name: str
    kind: str
    config: dict[str, Any]

    def refuse(self, key: str, expected: str, got: Any) -> SysidError:
        """Return the error that names file, layer and key."""
        return SysidError(f"{self.file}: layer {self.name}: {key}: expected {expected}, got {describe(got)}")

    def expect(self, key: str, *allowed: Any) -> Any:
        """Return the value of a key, which must be one of those allowed; the first is Keras' default.

        Raises:
            SysidError: it is another.
        """
        value = self.config.get(key, allowed[0])
        for each in allowed:
            if value == each and isinstance(value, bool) == isinstance(each, bool):
                return value
        raise self.refuse(key, " or ".join(write_value(each) for each in allowed if each is not None), value)

    def count(self, key: str) -> int:
        """Return a whole number of at least one.

        Raises:
            SysidError: it is absent or something else.
        """
        value = self.config.get(key)
        if not is_count(value):
            raise self.refuse(key, "a whole number of at least 1", value)
        return int(value)

    def integers(self, key: str) -> tuple[int, ...]:
        """Return an array of whole numbers.

        Raises:
            SysidError: it is absent or something else.
        """
        value = self.config.get(key)
        if not isinstance(value, list) or not all(type(each) is int for each in value):
            raise self.refuse(key, "an array of whole numbers", value)
        return tuple(value)

    def number(self, key: str, default: float) -> float:
        """Return a number to six digits: Keras stores 1e-3 as 0.0010000000474974513.

        Raises:
            SysidError: it is something else.
        """
        return self._round(key, self.config.get(key, default))

    def penalty(self, key: str) -> tuple[float, float]:
        """Return (l1, l2) of a regularizer; zeros where there is none, or one of another kind.

        Raises:
            SysidError: they are no numbers.
        """
        regularizer = self.config.get(key)
        config = regularizer.get("config") if isinstance(regularizer, dict) else None
        if not isinstance(config, dict):
            return 0.0, 0.0
        return self._round(key, config.get("l1", 0.0)), self._round(key, config.get("l2", 0.0))

    def _round(self, key: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(key, "a number", value)
        return float(f"{value:.6g}")


def is_count(value: Any) -> bool:
    """Say whether a value of JSON is a whole number of at least one."""
    return type(value) is int and value >= 1
