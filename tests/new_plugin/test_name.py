"""Tests of sysid/new_plugin/name.py: what a new plugin may be called."""

import pytest

from sysid.errors import SysidError
from sysid.new_plugin.name import IN_WORDS, choose_import_name
from tests.installed_plugin import LEAKY

FREE = "a name that nothing has yet"


def refusal(name: str) -> str:
    with pytest.raises(SysidError) as error:
        choose_import_name(name)
    return str(error.value)


@pytest.mark.parametrize("name", ["acme", "a", "lab_2", "a2"])
def test_a_name_is_imported_as_it_is(name):
    assert choose_import_name(name) == name


def test_a_dash_is_imported_as_an_underscore():
    assert choose_import_name("retina-lab") == "retina_lab"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Acme", '; did you mean "acme"?'),
        ("acme-", '; did you mean "acme"?'),
        ("my.lab", '; did you mean "my-lab"?'),
        ("2p", ""),
        ("", ""),
        ("../acme", ""),
        ("ретина", ""),
    ],
)
def test_a_name_that_cannot_be_imported_is_refused(name, hint):
    said = refusal(name)
    assert said.startswith(f'new-plugin: expected a name of {IN_WORDS}, got "{name}"')
    assert said.endswith(hint)


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("class", "a keyword of Python"),
        ("sysid_cores", "an installed plugin (neural-sysid "),
        ("torch", "an installed package (torch "),
        ("scikit-image", "an installed package (scikit-image "),
        ("json", "a module of Python's own"),
        ("skimage", "a module that is installed"),
        ("sysid", "a module that is installed"),
    ],
)
def test_a_name_that_something_has_is_refused(name, owner):
    assert refusal(name).startswith(f'new-plugin: expected {FREE}, got "{name}", {owner}')


def test_the_name_of_an_installed_plugin_is_taken_however_it_is_written(site):
    site.install(LEAKY, plugin="retina_lab")
    for name in ("retina-lab", "retina_lab"):
        assert (
            refusal(name)
            == f'new-plugin: expected {FREE}, got "{name}", an installed plugin (acme-sysid 1.2)'
        )


def test_a_broken_plugin_has_its_name_too_and_is_not_imported(site):
    site.install("raise RuntimeError")
    assert refusal("acme") == f'new-plugin: expected {FREE}, got "acme", an installed plugin (acme-sysid 1.2)'
