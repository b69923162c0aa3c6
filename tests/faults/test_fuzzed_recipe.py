"""Any TOML document is a recipe, or is refused with one line for each mistake; nothing else comes of it."""

import contextlib
import json
import string
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sysid import SysidError, discover, load_recipe
from sysid.component import KINDS
from sysid.configuration import AnalysisKeys, DatasetKeys, Published, Samples, Training
from sysid.errors import lines_of
from sysid.schema_type import PARTS
from sysid.visible_text import make_visible
from tests.command_line import LINEAR, write_recipe
from tests.faults.bound import bounded

REGISTRY = discover()
# the same examples on every machine; one that fails is printed with what reproduces it
QUICK = settings(
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    max_examples=60,
    suppress_health_check=list(HealthCheck),
)
THOROUGH = settings(QUICK, max_examples=3000)

NAMES = st.text(string.ascii_letters + string.digits + "_-.", min_size=1, max_size=8) | st.text(max_size=8)
NUMBERS = (
    st.integers(-3, 70)
    | st.integers(-(2**63), 2**63 - 1)
    | st.sampled_from([0.0, 0.5, 1.0, -1.0, 1e-9, 1e30, float("nan"), float("inf"), float("-inf")])
    | st.floats()
)
TIMES = st.sampled_from([datetime(2020, 1, 1, tzinfo=UTC), date(2020, 1, 1), time(1, 2, 3)])
PLAIN = st.booleans() | NUMBERS | st.text(max_size=12) | TIMES
ANYTHING = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)


def write_toml(value: Any) -> str:
    """Return a value in TOML, tables inline."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value).replace("\x7f", "\\u007f")
        case float():
            return repr(value)
        case int():
            return str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(write_toml, value))}]"
        case dict():
            return (
                f"{{{', '.join(f'{write_toml(key)} = {write_toml(each)}' for key, each in value.items())}}}"
            )
    raise TypeError(value)


def write_document(document: dict[str, Any]) -> str:
    return "".join(f"{write_toml(key)} = {write_toml(value)}\n" for key, value in document.items())


def valid(kind: Any) -> st.SearchStrategy:
    """Return values of a type of the schema; ranges are met by chance."""
    if get_origin(kind) in (Union, UnionType):
        return valid(next(each for each in get_args(kind) if each is not type(None)))
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is tuple:
        return st.lists(valid(get_args(kind)[0]), max_size=3)
    if kind in PARTS:
        return component(PARTS[kind])
    if attrs.has(kind):
        return table(kind)
    plain = {bool: st.booleans(), int: st.integers(0, 12), str: st.text(max_size=6), Path: st.just("x.nwb")}
    return plain.get(kind, st.floats(0, 1) | st.floats(0, 100))


def table(cls: type) -> st.SearchStrategy:
    """Return tables of a config class: some keys, most with values of their type, at times one too many."""
    keys = {field.name: valid(field.type) | ANYTHING for field in attrs.fields(attrs.resolve_types(cls))}
    needed = {field.name for field in attrs.fields(cls) if field.default is attrs.NOTHING}
    required = {name: each for name, each in keys.items() if name in needed}
    optional = {name: each for name, each in keys.items() if name not in needed}
    whole = st.fixed_dictionaries(required, optional=optional)
    return whole | st.dictionaries(st.sampled_from([*keys, "unknown"]), ANYTHING, max_size=3)


def component(kind: str, more: type | None = None) -> st.SearchStrategy:
    """Return tables of a component of some kind, or of one that is none."""
    known = REGISTRY.components(kind)

    def of(found) -> st.SearchStrategy:
        own = table(found.config_class)
        both = own if more is None else st.tuples(own, table(more)).map(lambda two: two[0] | two[1])
        return both.map(lambda keys: {"use": found.name, **keys})

    return st.sampled_from(known).flatmap(of) | st.fixed_dictionaries({"use": NAMES})


SECTIONS = {
    "samples": table(Samples),
    "training": table(Training),
    "encoder": component("encoder"),
    "core": component("core"),
    "readout": component("readout"),
}
ANALYSES = st.dictionaries(NAMES, component("analysis", AnalysisKeys), max_size=2)
VARIANT = st.fixed_dictionaries({}, optional=SECTIONS | {"analyses": ANALYSES, "datasets": st.lists(NAMES)})
RECIPES = st.fixed_dictionaries(
    {"datasets": st.dictionaries(NAMES, component("dataset", DatasetKeys), min_size=1, max_size=2)},
    optional=SECTIONS
    | {
        "analyses": ANALYSES,
        "variants": st.dictionaries(NAMES, VARIANT, max_size=2),
        "profiles": st.dictionaries(NAMES, VARIANT, max_size=2),
        "published": st.lists(table(Published), max_size=2),
    },
)
DOCUMENTS = st.dictionaries(
    st.sampled_from([*SECTIONS, "datasets", "variants", "profiles"]) | NAMES, ANYTHING
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An empty working directory."""
    made = tmp_path_factory.mktemp("recipes")
    with contextlib.chdir(made):
        yield made


def load(text: str, **keys: Any) -> None:
    """Load a recipe: it has runs that JSON can hold, or is refused in clear lines."""
    Path("a.toml").write_text(text, encoding="utf-8", newline="")
    with bounded():
        try:
            recipe = load_recipe("a.toml", registry=REGISTRY, **keys)
        except SysidError as error:
            lines = lines_of(error)
            assert lines
            assert all(line and line == make_visible(line) for line in lines)
            return
        assert recipe.runs
        for run in recipe.runs[:20]:
            json.dumps(run.resolved(), allow_nan=False)


def of_the_schema(document):
    load(write_document(document))


def of_anything(document):
    load(write_document(document))


def of_letters(text):
    load(text)


def of_settings(text):
    load(Path("whole.toml").read_text(encoding="utf-8"), settings=(text,))


SETTINGS = st.tuples(
    st.sampled_from(
        ["core", "training.epochs", "datasets.movie.neurons", "variants.ln", "#", "[x]\ny", "a.b", '"']
    )
    | NAMES,
    ANYTHING.map(write_toml) | st.text(max_size=9),
).map("=".join) | st.text(max_size=9)
PROPERTIES = {
    "tables of the schema": (RECIPES, of_the_schema),
    "any tables": (DOCUMENTS, of_anything),
    "any letters": (st.text(max_size=80), of_letters),
    "any setting": (SETTINGS, of_settings),
}


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_drawn_recipe_is_loaded_or_refused_line_by_line(folder, name):
    write_recipe(more=LINEAR, name="whole.toml")
    documents, act = PROPERTIES[name]
    QUICK(given(documents)(act))()


@pytest.mark.slow
@pytest.mark.parametrize("name", PROPERTIES)
def test_thousands_of_drawn_recipes_are_loaded_or_refused_line_by_line(folder, name):
    write_recipe(more=LINEAR, name="whole.toml")
    documents, act = PROPERTIES[name]
    THOROUGH(given(documents)(act))()


def test_every_component_is_drawn_from():
    assert sum(len(REGISTRY.components(kind)) for kind in KINDS) > 40
