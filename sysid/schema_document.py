"""Describe the fields of a config class for `sysid show` and the reference."""

from typing import Any

import attrs

from sysid.schema_type import describe_type, nested_config
from sysid.toml_text import write_value


@attrs.frozen
class FieldDocument:
    """Describe one key of a table.

    Attributes:
        name: dotted below the table; `layers[].kernel_px` is a key of every row of `layers`.
        type: in words.
        default: in TOML's notation; None where the key is required.
        unit: or empty.
        range: in words, or empty.
        doc: what the key means.
    """

    name: str
    type: str
    default: str | None
    unit: str
    range: str
    doc: str

    @property
    def required(self) -> bool:
        """Say whether the key must be given."""
        return self.default is None


def document(cls: type) -> tuple[FieldDocument, ...]:
    """Return the keys of a config class in order; those of a nested config follow its own key."""
    documents: list[FieldDocument] = []
    for field in attrs.fields(attrs.resolve_types(cls)):
        documents.append(_document_field(field))
        inner = nested_config(field.type)
        if inner is not None:
            rows = "[]" if "array" in describe_type(field.type) else ""
            documents.extend(
                attrs.evolve(below, name=f"{field.name}{rows}.{below.name}") for below in document(inner)
            )
    return tuple(documents)


def _document_field(field: attrs.Attribute) -> FieldDocument:
    return FieldDocument(
        name=field.name,
        type=describe_type(field.type),
        default=_describe_default(field.default),
        unit=field.metadata.get("unit", ""),
        range=field.metadata.get("range", ""),
        doc=field.metadata.get("doc", ""),
    )


def _describe_default(default: Any) -> str | None:
    if default is attrs.NOTHING:
        return None
    return write_value(default.factory() if isinstance(default, attrs.Factory) else default)
