"""Check a config: what discovery asks of its class, its keys, and what is no key."""

from typing import Any

import attrs

from sysid.component import INTERFACES, Kind, find_mistakes
from sysid.errors import SysidError
from sysid.schema import document, structure, try_structure, unstructure
from sysid.schema_error import in_line
from sysid.schema_type import nested_config
from sysid.testing.subject import Subject

KEY_HINT = 'Make every field by `sysid.key("what it means", default=…, unit=…, at_least=…)`.'
STRANGER = "no_such_key"


def check_config(subject: Subject, kind: Kind) -> None:
    """Expect a frozen attrs class of documented keys that a recipe can write and that refuses others.

    Raises:
        AssertionError: it is something else.
    """
    config, cls = subject.config, type(subject.config)
    interface = INTERFACES[kind]
    subject.expect(
        isinstance(config, interface),
        "config",
        f"an instance of a class derived from sysid.{interface.__name__}",
        f"the class {config.__name__} itself" if isinstance(config, type) else cls.__name__,
        f"Give {subject.function} a config as a recipe makes it, such as `MyPart(units=8)`.",
    )
    mistakes = list(find_mistakes(kind, cls.__name__, cls))
    subject.expect(
        not mistakes,
        "config",
        "a class that sysid can offer",
        "; ".join(mistakes),
        "Until then `sysid plugins` calls the plugin broken.",
    )
    _check_keys(subject, cls, "")
    _check_round_trip(subject)
    _check_strangers(subject)


def _check_keys(subject: Subject, cls: type, above: str) -> None:
    for field in attrs.fields(attrs.resolve_types(cls)):
        name = f"{above}{field.name}"
        subject.expect(
            {"doc", "unit", "range"} <= set(field.metadata),
            "config",
            f"the field {name} to be made by sysid.key",
            "another attrs field",
            KEY_HINT,
        )
        subject.expect(
            bool(field.metadata["doc"].strip()),
            "config",
            f"a help text for the key {name}",
            "an empty one",
            KEY_HINT,
        )
        inner = nested_config(field.type)
        if inner is not None and not issubclass(inner, tuple(INTERFACES.values())):
            _check_keys(subject, inner, f"{name}.")
    with subject.running(
        "config", "the description of its keys", "Defaults must be values that TOML can hold."
    ):
        document(cls)


def _check_round_trip(subject: Subject) -> None:
    hint = "`sysid run` writes the config into run.json and reads it back: fields keep what they are given."
    with subject.running("config", "being written as a table, read back and hashed", hint):
        again = structure(type(subject.config), _table(subject.config), "table")
        hash(subject.config)
    subject.expect(
        again == subject.config,
        "config",
        "the same config after it was written as a table and read back",
        repr(again),
        hint,
    )


def _check_strangers(subject: Subject) -> None:
    """Expect a key that there is not to be refused, by a recipe and by Python."""
    cls = type(subject.config)
    hint = "Usual mistake: a constructor that takes `**options`, which also takes every misspelt key."
    read, mistakes = try_structure(cls, _table(subject.config) | {STRANGER: 1})
    lines = [in_line(mistake, "") for mistake in mistakes]
    subject.expect(
        read is None and any(STRANGER in line for line in lines),
        "unknown_fields",
        f'a recipe\'s key "{STRANGER}" to be refused by name',
        "; ".join(lines) or "no complaint",
        hint,
    )
    fields = {field.alias: getattr(subject.config, field.name) for field in attrs.fields(cls) if field.init}
    try:
        cls(**fields, **{STRANGER: 1})
    except (TypeError, SysidError):
        return
    subject.fail("unknown_fields", f"{cls.__name__}(…, {STRANGER}=1) to be refused", "no complaint", hint)


def _table(config: Any) -> dict[str, Any]:
    """Return a config as a table in which a part stands for its own, as the registry would have made it."""
    parts = {
        field.name: getattr(config, field.name)
        for field in attrs.fields(type(config))
        if isinstance(getattr(config, field.name), tuple(INTERFACES.values()))
    }
    return unstructure(config) | parts
