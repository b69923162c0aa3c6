"""Whatever a plugin, a script or a user may rely on says what it is, and stands in the reference."""

import importlib
import inspect
from pathlib import Path

import attrs
import click
import pytest

import sysid
from sysid import _HOME, hookspecs, testing
from sysid.component import HOOKS, HOST, KINDS
from sysid.configuration import AnalysisKeys, DatasetKeys, Published, Samples, Training
from sysid.reference.command import walk_commands
from sysid.reference.docstring import read_docstring
from sysid.reference.member import public_members
from sysid.reference.signature import parameter_names
from sysid.registry import discover
from sysid.schema import document

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
COMPONENTS = [
    component for kind in KINDS for component in discover().components(kind) if component.package == HOST
]
PUBLIC = [(home, name) for name, home in sorted(_HOME.items())]
PUBLIC += [("sysid.testing", name) for name in testing.__all__]
PUBLIC += [("sysid.metrics", name) for name in sysid.metrics.__all__]
ON_PAGE = {"sysid.interface": "interfaces.md", "sysid.testing": "testing.md", "sysid.metrics": "metrics.md"}


def list_functions():
    """Return every public function and every public method, as it is written behind `sysid.`."""
    functions = {}
    for home, name in PUBLIC:
        thing = getattr(importlib.import_module(home), name)
        if inspect.isfunction(thing):
            functions[name] = thing
        elif isinstance(thing, type):
            functions |= {f"{name}.{member}": each for member, each in public_members(thing)}
    return functions


def read_page(name):
    return (REFERENCE / name).read_text(encoding="utf-8")


def section(page, heading):
    """Return what stands below a heading of a page, or nothing."""
    below = f"\n{page}".partition(f"\n{heading}\n")[2]
    return below.partition(f"\n{heading.partition(' ')[0]} ")[0]


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_says_what_it_returns(hook):
    assert read_docstring(getattr(hookspecs, hook)).text.startswith("Return ")
    assert section(read_page("interfaces.md"), f"### {hook}")


@pytest.mark.parametrize(("home", "name"), PUBLIC, ids=lambda each: each)
def test_a_public_name_says_what_it_is_and_is_in_the_reference(home, name):
    thing = getattr(importlib.import_module(home), name)
    told = section(read_page(ON_PAGE.get(home, "python.md")), f"### {name}").partition("\n```\n")[2]
    assert told.strip(), f"{name}: no docstring, or not on its page"
    if inspect.isfunction(thing) or isinstance(thing, type):
        assert read_docstring(thing).text


@pytest.mark.parametrize(("name", "function"), list_functions().items(), ids=list_functions())
def test_a_public_function_says_what_it_does_and_what_each_parameter_is(name, function):
    docstring = read_docstring(function)
    assert docstring.text, f"{name}: no docstring"
    pages = [read_page(page) for page in ("python.md", *ON_PAGE.values())]
    heading = f"\n{'####' if '.' in name else '###'} {name}\n"
    assert any(heading in page for page in pages), f"{name}: not in the reference"
    metric = function.__module__.startswith("sysid.metrics.")
    known = ("responses", "prediction") if metric else ()  # told once, at the top of `sysid.metrics`
    expected = [each for each in parameter_names(function) if each not in known]
    assert list(docstring.names("Args")) == expected, f"{name}: Args of its docstring"


@pytest.mark.parametrize(("home", "name"), PUBLIC, ids=lambda each: each)
def test_a_public_class_says_what_each_field_is(home, name):
    cls = getattr(importlib.import_module(home), name)
    if isinstance(cls, type) and attrs.has(cls):
        fields = [field.name for field in attrs.fields(cls) if not field.name.startswith("_")]
        assert sorted(read_docstring(cls).names("Attributes")) == sorted(fields)


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda each: f"{each.kind}:{each.name}")
def test_a_component_says_what_it_is_and_what_each_key_means(component):
    told = section(read_page("components.md"), f"### {component.kind}:{component.name}")
    assert component.config_class.__doc__.strip()
    assert told.strip()
    for field in document(component.config_class):
        assert field.doc, f"{field.name}: no help text"
        assert f"\n| `{field.name}` | " in told, f"{field.name}: not in the reference"


@pytest.mark.parametrize("keys", [DatasetKeys, Samples, Training, AnalysisKeys, Published])
def test_a_key_of_sysid_itself_says_what_it_means(keys):
    assert [field.name for field in document(keys) if not field.doc] == []


@pytest.mark.parametrize(("name", "command"), list(walk_commands()), ids=dict(walk_commands()))
def test_a_command_and_each_of_its_options_say_what_they_do(name, command):
    told = section(read_page("commands.md"), f"## {name}")
    assert command.help
    assert told.strip()
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.opts}: no help"
            assert f"\n| `{parameter.opts[0]}" in told, f"{parameter.opts}: not in the reference"
        else:  # an argument has no help of its own
            word = parameter.make_metavar(click.Context(command)).strip("[].")
            assert word in command.help, f"{word}: not in the help of {name}"
