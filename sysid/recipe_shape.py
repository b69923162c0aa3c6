"""Check the outline of a recipe: its top-level keys, and that tables are tables."""

from collections.abc import Iterable, Iterator

from sysid.component import NAME, NAME_IN_WORDS
from sysid.errors import did_you_mean
from sysid.recipe_overlay import SECTIONS, Table
from sysid.schema_error import KeyPath, Mistake
from sysid.toml_text import describe

NAMED = ("datasets", "analyses", "variants", "profiles")
TOP_KEYS = ("datasets", *SECTIONS, "variants", "profiles", "published")
PROFILE_KEYS = ("datasets", *SECTIONS, "variants")
VARIANT_KEYS = ("datasets", *SECTIONS)


def find_unknown_keys(document: Table) -> Iterator[Mistake]:
    """Yield unknown keys at the top, in variants and in profiles; a document without them can go on."""
    yield from _unknown(document, (), TOP_KEYS)
    for variant, own in _tables(document, "variants"):
        yield from _unknown(own, ("variants", variant), VARIANT_KEYS)
    for profile, overlay in _tables(document, "profiles"):
        yield from _unknown(overlay, ("profiles", profile), PROFILE_KEYS)
        for variant, own in _tables(overlay, "variants"):
            yield from _unknown(own, ("profiles", profile, "variants", variant), VARIANT_KEYS)


def find_misshapen(document: Table) -> Iterator[Mistake]:
    """Yield what is not a table where one must be, and names no folder can have; nothing goes on then."""
    for section in ("datasets", *SECTIONS, "variants", "profiles"):
        if section in document:
            yield from _check_section(document[section], (section,))
    for variant, own in _tables(document, "variants"):
        for section in SECTIONS:
            if section in own:
                yield from _check_section(own[section], ("variants", variant, section))
        if "datasets" in own:
            yield from _check_names(own["datasets"], ("variants", variant, "datasets"))


def find_unknown_names(document: Table, overlay: Table) -> Iterator[Mistake]:
    """Yield names in a profile that the recipe has not: it would make a run rather than change one.

    A table that says `use` is complete, so a profile may bring datasets and analyses of its own.
    """
    for section in ("variants", "datasets", "analyses"):
        known = document.get(section, {})
        for name, own in _tables(overlay, section):
            if name not in known and ("use" not in own or section == "variants"):
                yield Mistake((section, name), f"unknown name{did_you_mean(name, known)}")


def _unknown(table: Table, path: KeyPath, known: Iterable[str]) -> Iterator[Mistake]:
    for name in table:
        if name not in known:
            yield Mistake((*path, name), f"unknown key{did_you_mean(name, known)}")


def _tables(document: Table, section: str) -> Iterator[tuple[str, Table]]:
    """Yield the named tables of a section, leaving out whatever is not a table."""
    entries = document.get(section)
    if isinstance(entries, dict):
        yield from ((name, entry) for name, entry in entries.items() if isinstance(entry, dict))


def _check_section(value: object, path: KeyPath) -> Iterator[Mistake]:
    if not isinstance(value, dict):
        yield Mistake(path, f"expected a table, got {describe(value)}")
    elif path[-1] in NAMED:
        for name, entry in value.items():
            if not NAME.fullmatch(name):
                yield Mistake(path, f'expected a name of {NAME_IN_WORDS}, got "{name}"')
            elif name == "use":  # would make the section look like a component's table
                yield Mistake((*path, name), 'expected another name than "use", which is a key')
            elif (path[-1], name) == ("variants", "summary"):
                yield Mistake((*path, name), 'expected another name than "summary", a folder beside it')
            elif not isinstance(entry, dict):
                yield Mistake((*path, name), f"expected a table, got {describe(entry)}")


def _check_names(value: object, path: KeyPath) -> Iterator[Mistake]:
    if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
        yield Mistake(path, f"expected an array of dataset names, got {describe(value)}")
