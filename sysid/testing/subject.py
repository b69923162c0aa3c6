"""What is being checked, and the sentence that says what is wrong with it."""

import contextlib
from collections.abc import Iterator
from typing import Any, NoReturn

import attrs

from sysid.errors import DataNotFoundError, describe_error


@attrs.frozen
class Subject:
    """Name what is checked, so that every sentence can say it.

    Attributes:
        function: that was called, such as `check_core`.
        config: that it was given.
        circumstances: under which it is checked, such as the population of a readout; often nothing.
    """

    function: str
    config: Any
    circumstances: str = ""

    def __str__(self) -> str:
        circumstances = f" {self.circumstances}" if self.circumstances else ""
        return f"{write_config(self.config)}{circumstances}"

    def expect(self, claim: bool, check: str, expected: str, got: str, hint: str) -> None:
        """Raise the sentence unless `claim` is true; an `assert` would be silent under `python -O`.

        Args:
            claim: what the interface promises.
            check: its name.
            expected, got: in words.
            hint: the usual mistake, or where to look.

        Raises:
            AssertionError: the claim is false.
        """
        if not claim:
            self.fail(check, expected, got, hint)

    def fail(self, check: str, expected: str, got: str, hint: str) -> NoReturn:
        """Raise the sentence."""
        raise AssertionError(f"{self.function}: {check}: {self}: expected {expected}, got {got}. {hint}")

    @contextlib.contextmanager
    def running(self, check: str, what: str, hint: str = "See the error above.") -> Iterator[None]:
        """Turn whatever the part raises within a `with` block into a sentence; its traceback comes along.

        Raises:
            AssertionError: the part raised something.
            DataNotFoundError: it raised this, which is nothing that is wrong with it.
        """
        try:
            yield
        except DataNotFoundError:
            raise
        # The plugin boundary: what somebody else's code raises is what this module is for.
        except Exception as error:
            got = describe_error(error)
            raise AssertionError(
                f"{self.function}: {check}: {self}: expected {what} to work, got {got}. {hint}"
            ) from error


def write_config(config: Any) -> str:
    """Return a config as Python would make it, without the fields that have their defaults."""
    if not attrs.has(type(config)):
        return repr(config)
    fields = [
        f"{field.name}={getattr(config, field.name, None)!r}"
        for field in attrs.fields(type(config))
        if getattr(config, field.name, None) != _default(field)
    ]
    return f"{type(config).__name__}({', '.join(fields)})"


def _default(field: attrs.Attribute) -> Any:
    if isinstance(field.default, attrs.Factory) and not field.default.takes_self:
        return field.default.factory()
    return field.default
