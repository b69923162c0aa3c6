"""Tests of sysid/doctor/plugin.py on packages that are really installed."""

import attrs

from sysid.doctor.plugin import examine_plugin, examine_plugins
from sysid.registry import discover
from tests.installed_plugin import LEAKY


def look():
    found = list(examine_plugins(discover()))
    assert found[0].level == "ok"
    return found[1:]


def test_what_ships_is_fine():
    (remark,) = examine_plugins(discover())
    assert remark.says.startswith("5 plugins work and offer ")


def test_a_broken_plugin_is_a_problem_with_its_reason(site):
    site.install("raise RuntimeError('no GPU')")
    (remark,) = look()
    assert (remark.level, remark.says) == (
        "problem", "plugin acme of acme-sysid 1.2 is broken: its import raised RuntimeError: no GPU",
    )  # fmt: skip
    assert remark.remedy.startswith("`pip install --upgrade acme-sysid`, or `pip uninstall acme-sysid`")


def test_of_two_with_one_name_either_may_go(site):
    site.install(LEAKY)
    site.install(LEAKY, package="other-sysid")
    remarks = look()
    assert [remark.level for remark in remarks] == ["problem", "problem"]
    assert [remark.remedy for remark in remarks] == [
        f"`pip uninstall {package}`, or the other one, whichever recipes do not need"
        for package in ("acme-sysid", "other-sysid")
    ]


def test_a_slow_plugin_is_a_note(site):
    site.install(LEAKY)
    registry = discover()
    (plugin,) = (each for each in registry.plugins if each.plugin == "acme")
    (remark,) = examine_plugin(attrs.evolve(plugin, import_s=10.04), registry)
    assert (remark.level, remark.says) == (
        "note",
        "plugin acme of acme-sysid 1.2 is slow: its import took 10.0 s, which every command waits for",
    )


def test_a_name_that_ships_is_a_note(site):
    site.install(LEAKY.replace('"leaky"', '"lstm"'))
    (remark,) = look()
    assert (remark.level, remark.says) == (
        "note", "plugin acme of acme-sysid 1.2 offers parts with the name of one that ships: core lstm",
    )  # fmt: skip
    assert remark.remedy == 'a bare name in a recipe means the one that ships, "acme:NAME" the other'


def test_requirements_that_are_not_met_are_a_problem(site):
    site.install(LEAKY, requires="surely-not-installed>=2")
    (remark,) = look()
    assert (remark.level, remark.says) == (
        "problem", "acme-sysid 1.2 needs surely-not-installed>=2 (it is not installed)",
    )  # fmt: skip
    assert remark.remedy == "`pip install --upgrade acme-sysid neural-sysid` looks for versions that fit both"
