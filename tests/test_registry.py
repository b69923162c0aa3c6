"""Tests of sysid/registry.py and sysid/plugin.py on packages that are really there."""

import textwrap
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import attrs
import pytest

from sysid import SysidError
from sysid.plugin import SLOW_S, BrokenPlugin
from sysid.registry import Registry, discover

GOOD = """
    import attrs, sysid
    from torch import nn

    @attrs.frozen
    class Leaky(sysid.Core):
        '''A core.'''

        def build(self, input_shape):
            return nn.Identity()

    @sysid.hookimpl
    def sysid_cores():
        return {"leaky": Leaky}
"""
Install = Callable[..., metadata.Distribution]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a package with one plugin on the path: its code, its metadata, its entry point."""

    def make(
        code: str, plugin: str, package: str = "acme-sysid", requires: str = ""
    ) -> metadata.Distribution:
        root = tmp_path / f"{package}-{plugin}"
        folder = root / f"{package.replace('-', '_')}-1.2.dist-info"
        folder.mkdir(parents=True)
        module = f"{package}_{plugin}_{tmp_path.name}".replace("-", "_")
        (root / f"{module}.py").write_text(textwrap.dedent(code))
        requirement = f"Requires-Dist: {requires}\n" if requires else ""
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n{requirement}"
        )
        (folder / "entry_points.txt").write_text(f"[sysid]\n{plugin} = {module}\n")
        monkeypatch.syspath_prepend(root)
        return metadata.Distribution.at(folder)

    return make


def reason(registry: Registry, plugin: str) -> str:
    (broken,) = [each for each in registry.broken if each.plugin == plugin]
    assert (broken.package, broken.version) == ("acme-sysid", "1.2")
    return broken.reason


def find_error(registry: Registry, kind: str, name: str) -> str:
    with pytest.raises(SysidError) as error:
        registry.find(kind, name)
    return str(error.value)


def test_what_ships_has_bare_names_and_a_plugin_its_own(install: Install) -> None:
    install(GOOD, "acme")
    registry = discover()
    names = [component.name for component in registry.components("core")]
    assert names.index("lstm") < names.index("acme:leaky")
    assert registry.find("core", "lstm").package == "neural-sysid"
    assert registry.find("core", "acme:leaky").package == "acme-sysid"


def test_a_working_plugin_says_what_it_offers(install: Install) -> None:
    install(GOOD, "acme")
    (plugin,) = [each for each in discover().plugins if each.plugin == "acme"]
    assert (plugin.package, plugin.version, plugin.offers) == ("acme-sysid", "1.2", ("core:acme:leaky",))


def test_a_plugin_that_takes_long_to_import_is_slow_and_what_ships_never_is(install: Install) -> None:
    install("import time; time.sleep(0.2)\n" + textwrap.dedent(GOOD), "acme")
    registry = discover()
    (plugin,) = [each for each in registry.plugins if each.plugin == "acme"]
    assert plugin.import_s >= 0.2
    assert not attrs.evolve(plugin, import_s=SLOW_S - 0.01).slow
    assert attrs.evolve(plugin, import_s=SLOW_S).slow
    shipped = [attrs.evolve(each, import_s=60.0) for each in registry.plugins if each is not plugin]
    assert not any(each.slow for each in shipped)


def test_what_ships_under_the_bare_name_of_a_plugins_part_is_known(install: Install) -> None:
    code = GOOD.replace('{"leaky": Leaky}', '{"leaky": Leaky, "lstm": Leaky, "conv2d": Leaky}')
    install(code, "acme")
    registry = discover()
    (plugin,) = [each for each in registry.plugins if each.plugin == "acme"]
    (shadowed,) = registry.shadowed(plugin)  # conv2d is an encoder, and no core
    assert (shadowed.name, shadowed.package) == ("lstm", "neural-sysid")
    assert registry.find("core", "lstm") == shadowed
    assert [registry.shadowed(each) for each in registry.plugins if each is not plugin] == [()] * 5


def test_broken_plugins_are_in_the_order_of_their_names_and_packages(install: Install) -> None:
    for package in ("b-sysid", "a-sysid"):
        install("x = 1", "acme", package=package)
    assert [each.package for each in discover().broken] == ["a-sysid", "b-sysid"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("raise RuntimeError('no\\nGPU')", "its import raised RuntimeError: no GPU"),
        ("import no_such_module", "its import raised ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SystemExit(3)", "its import raised SystemExit: 3"),
        ("raise SystemExit", "its import raised SystemExit"),
        ("def", "its import raised SyntaxError: invalid syntax"),
        (GOOD.replace("sysid_cores", "sysid_core"), 'unknown hook "sysid_core"; did you mean "sysid_cores"?'),
        (GOOD.replace("@sysid.hookimpl", ""), "sysid_cores: expected it to be marked with @sysid.hookimpl"),
        ("x = 1", "expected at least one hook (sysid_datasets, sysid_encoders, sysid_cores, "),
        (
            GOOD.replace('return {"leaky": Leaky}', "1 / 0"),
            "sysid_cores() raised ZeroDivisionError: division",
        ),
        (GOOD.replace('return {"leaky": Leaky}', "exit()"), "sysid_cores() raised SystemExit"),
        (
            GOOD.replace('{"leaky": Leaky}', "[Leaky]"),
            "sysid_cores: expected a dict of names and classes, got list",
        ),
        (
            GOOD.replace("sysid_cores", "sysid_encoders"),
            "sysid_encoders: leaky: expected a class derived from sysid.Encoder, got Leaky",
        ),
        (
            GOOD.replace("sysid_cores()", "sysid_cores(shape)"),
            "a look at its hooks raised PluginValidationError: ",
        ),
    ],
)
def test_a_broken_plugin_is_data_and_the_others_work(install: Install, code: str, expected: str) -> None:
    install(code, "broken")
    install(GOOD, "acme", package="other-sysid")
    registry = discover()
    assert reason(registry, "broken").startswith(expected)
    assert "\n" not in reason(registry, "broken")
    assert registry.find("core", "acme:leaky").plugin == "acme"
    assert registry.find("core", "lstm").plugin == "sysid_cores"


def test_a_recipe_that_needs_a_broken_plugin_hears_which_package_and_why(install: Install) -> None:
    install("raise RuntimeError('no GPU')", "broken")
    assert find_error(discover(), "core", "broken:lstm") == (
        'unknown core "broken:lstm"; plugin broken of acme-sysid 1.2 is broken: '
        "its import raised RuntimeError: no GPU"
    )


def test_two_packages_that_claim_a_name_are_both_refused(install: Install) -> None:
    install(GOOD, "acme")
    install(GOOD, "acme", package="other-sysid")
    registry = discover()
    assert {each.package: each.reason for each in registry.broken if each.plugin == "acme"} == {
        "acme-sysid": 'the name "acme" is also claimed by other-sysid 1.2; uninstall one of them',
        "other-sysid": 'the name "acme" is also claimed by acme-sysid 1.2; uninstall one of them',
    }
    message = find_error(registry, "core", "acme:leaky")
    assert "acme-sysid 1.2" in message
    assert "other-sysid 1.2" in message


def test_nobody_can_take_away_what_ships(install: Install) -> None:
    install(GOOD, "sysid_cores")
    registry = discover()
    assert registry.find("core", "lstm").package == "neural-sysid"
    assert reason(registry, "sysid_cores").startswith(
        'the name "sysid_cores" is also claimed by neural-sysid'
    )
    assert find_error(registry, "core", "lstmm") == 'unknown core "lstmm"; did you mean "lstm"?'


def test_a_package_listed_twice_is_no_conflict(install: Install, tmp_path: Path) -> None:
    first = install(GOOD, "acme")
    stale = tmp_path / "stale" / "Acme.Sysid-1.1.dist-info"
    stale.mkdir(parents=True)
    (stale / "METADATA").write_text("Metadata-Version: 2.1\nName: Acme.Sysid\nVersion: 1.1\n")
    (stale / "entry_points.txt").write_text("[sysid]\nacme = gone\n")
    points = [*first.entry_points, *metadata.Distribution.at(stale).entry_points]
    registry = discover(points)
    assert registry.broken == ()
    assert [plugin.version for plugin in registry.plugins] == ["1.2"]


def test_a_package_built_for_another_version_is_broken_before_it_is_imported(install: Install) -> None:
    install("raise RuntimeError", "acme", requires="Neural_SysID<0.0.1")
    installed = metadata.version("neural-sysid")
    assert reason(discover(), "acme") == f"it needs neural-sysid<0.0.1, but {installed} is installed"


@pytest.mark.parametrize(
    "requires",
    ["neural-sysid>=0.0.1", "neural-sysid", "numpy<0.1", 'neural-sysid<0.0.1; python_version < "3"'],
)
def test_other_requirements_do_not_matter(install: Install, requires: str) -> None:
    install(GOOD, "acme", requires=requires)
    assert discover().find("core", "acme:leaky").version == "1.2"


def test_an_entry_point_name_that_no_recipe_could_write_is_refused(install: Install) -> None:
    install(GOOD, "a:b")
    assert reason(discover(), "a:b").startswith("expected an entry point name of letters")


def test_leftovers_without_a_name_are_named_so(install: Install) -> None:
    distribution = install("raise RuntimeError", "acme")
    (Path(str(distribution.locate_file(""))) / "acme_sysid-1.2.dist-info" / "METADATA").unlink()
    assert discover(tuple(distribution.entry_points)).broken == (
        BrokenPlugin("acme", "unnamed", "unknown", "its import raised RuntimeError"),
    )


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("core", "lstmm", 'unknown core "lstmm"; did you mean "lstm"?'),
        ("core", "leaky", 'unknown core "leaky"; did you mean "acme:leaky"?'),
        ("core", "acme:leeky", 'unknown core "acme:leeky"; did you mean "acme:leaky"?'),
        ("core", "sysid_cores:lstm", 'unknown core "sysid_cores:lstm"; did you mean "lstm"?'),
        ("core", "acmee:leaky", 'unknown core "acmee:leaky"; did you mean "acme:leaky"?'),
        ("core", "conv2d", 'unknown core "conv2d"; "conv2d" is one of the encoders'),
        (
            "core",
            "other:lstm",
            'unknown core "other:lstm"; no plugin is called "other": `pip install` the package that has it',
        ),
    ],
)
def test_an_unknown_name_says_what_to_do(install: Install, kind: str, name: str, message: str) -> None:
    install(GOOD, "acme")
    assert find_error(discover(), kind, name) == message


def test_a_name_like_no_other_lists_what_there_is(install: Install) -> None:
    registry = discover(tuple(install(GOOD, "acme").entry_points))
    assert find_error(registry, "core", "zzz") == 'unknown core "zzz"; the cores are acme:leaky'
    assert find_error(registry, "readout", "zzz") == 'unknown readout "zzz"; the readouts are none'
