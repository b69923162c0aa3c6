"""Tests of sysid/plugin_check.py and `sysid plugins`, on packages that are really installed."""

import textwrap

import pytest
from rich.console import Console

from sysid.command import plugin_page
from sysid.errors import SysidError
from sysid.plugin_check import CheckResult, check_plugin, find_components
from sysid.registry import discover
from tests.command_line import call
from tests.installed_plugin import LEAKY

BACKWARDS = LEAKY.replace("features * self.share", "features.flip(1) * self.share")
PATH = """
    from pathlib import Path
    import attrs, sysid

    @attrs.frozen
    class Table(sysid.Dataset):
        '''Read a table, for tests.'''

        path: Path = sysid.key("of the table")
        columns: int = sysid.key("in it", default=3, at_least=1)

        def describe(self):
            return {"table": sysid.Description()}

        def provenance(self):
            raise sysid.DataNotFoundError(f"{self.path}: no such file; write one")

        def load(self):
            return {}

    @sysid.hookimpl
    def sysid_datasets():
        return {"table": Table}
"""
CLUMSY = PATH.replace('sysid.DataNotFoundError(f"{self.path}: no such file; write one")', "KeyError('table')")


def check(name, *settings):
    return list(check_plugin(discover(), name, settings))


def rows(done):
    """Return the lines of a page as lists of words."""
    return [line.split() for line in done.out.splitlines()]


def test_a_plugin_is_meant_by_its_name_its_package_or_a_component(site):
    site.install(LEAKY.replace('"leaky": Leaky', '"leaky": Leaky, "lstm": Leaky'))
    registry = discover()

    def meant(name):
        return [f"{each.kind}:{each.name}" for each in find_components(registry, name)]

    for name in ("acme", "acme-sysid", "Acme_Sysid"):
        assert meant(name) == ["core:acme:leaky", "core:acme:lstm"]
    assert meant("acme:leaky") == meant("core:acme:leaky") == ["core:acme:leaky"]
    assert meant("lstm") == ["core:lstm"]
    assert meant("identity") == ["encoder:identity", "core:identity"]


def test_a_part_that_keeps_its_promises_is_ok(site):
    site.install(LEAKY)
    done = call("plugins", "--check", "acme")
    assert (done.code, done.err, rows(done)) == (0, "", [["core:acme:leaky", "ok"]])


def test_one_that_does_not_is_told_with_the_check_and_exits_with_1(site):
    site.install(BACKWARDS)
    done = call("plugins", "--check", "acme:leaky")
    (row,) = rows(done)
    assert (done.code, done.err) == (1, "")
    assert row[:4] == ["core:acme:leaky", "failed", "check_core:", "causality:"]


def test_a_broken_plugin_fails_with_its_reason(site):
    site.install("raise RuntimeError('no GPU')")
    (result,) = check("acme")
    assert (result.name, result.outcome) == ("acme", "failed")
    assert result.says == "plugin acme of acme-sysid 1.2 is broken: its import raised RuntimeError: no GPU"


def test_a_key_without_a_default_is_asked_for(site):
    site.install(PATH)
    (result,) = check("acme")
    assert (result.name, result.outcome) == ("dataset:acme:table", "not checked")
    assert result.says == (
        "path: expected path, got nothing; the key is required; give keys with --set key=value"
    )
    assert call("plugins", "--check", "acme").code == 1


def test_data_that_are_not_here_are_no_failure_of_the_dataset(site):
    site.install(PATH)
    (result,) = check("acme", "path=cells.csv")
    assert result == CheckResult("dataset:acme:table", "not checked", "cells.csv: no such file; write one")


def test_a_value_that_does_not_fit_is_told(site):
    site.install(PATH)
    (result,) = check("acme", "path=a", "columns=0")
    assert result.says.startswith("columns: expected at least 1, got 0;")


def test_what_a_part_raises_is_told_and_the_next_is_checked(site):
    site.install(textwrap.dedent(CLUMSY) + textwrap.dedent(LEAKY))
    found = {result.name: result for result in check("acme", "path=a")}
    assert found["dataset:acme:table"].outcome == "failed"
    assert "KeyError: 'table'" in found["dataset:acme:table"].says
    assert found["core:acme:leaky"].outcome == "ok"


def test_an_error_that_no_check_expects_is_told_by_its_name(site, monkeypatch):
    def fail(_config):
        raise ZeroDivisionError("division by\nzero")

    monkeypatch.setattr("sysid.testing.check_core", fail)
    site.install(LEAKY)
    assert check("acme") == [
        CheckResult("core:acme:leaky", "failed", "it raised ZeroDivisionError: division by zero")
    ]


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("acmee", (), 'sysid plugins --check: no plugin or component is called "acmee"; '
                      'did you mean "acme"?'),
        ("zzz", (), 'sysid plugins --check: no plugin or component is called "zzz"; '
                    "`sysid plugins` and `sysid list` say what there is"),
        ("acme", ("shar=1",),
         '--set shar=1: none of these components has this key; did you mean "share"?'),
    ],
)  # fmt: skip
def test_a_slip_names_what_is_near(site, name, settings, message):
    site.install(LEAKY)
    with pytest.raises(SysidError) as error:
        check(name, *settings)
    assert str(error.value) == message


def test_settings_need_something_to_check():
    done = call("plugins", "--set", "share=1")
    assert (done.code, done.complaints) == (2, ["--set share=1: expected together with --check NAME"])


def test_a_setting_goes_to_the_components_that_have_the_key(site):
    site.install(LEAKY)
    (result,) = check("acme", "share=2.0")
    assert (result.outcome, result.says) == (
        "not checked", "share: expected at most 1, got 2.0; give keys with --set key=value",
    )  # fmt: skip


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_gets_long_columns_below_their_row(monkeypatch, capsys, width):
    monkeypatch.setattr(
        plugin_page, "make_console", lambda: Console(width=width, force_terminal=True, color_system=None)
    )
    plugin_page.print_plugins(discover())
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert lines[0].split() == ["sysid_analyses", "neural-sysid", *lines[0].split()[2:]]
    assert lines[1].startswith("    analysis:")
