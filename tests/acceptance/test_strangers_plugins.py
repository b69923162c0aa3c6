"""Packages of strangers that are odd, each handled as what it is by `sysid plugins`, `show` and `run`.

Two claim one name, one was made for another sysid, one has a part with the name of one that ships, and one
takes ten seconds to import.
"""

import importlib.metadata
import json
import os
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.command_line import call, launch, wait, write_recipe
from tests.installed_plugin import LEAKY

SHADOWING = LEAKY.replace('"leaky"', '"lstm"')
SLEEPY = "import sysid.plugin\nsysid.plugin.time.now_s += 10.0\n"
"""The first lines of a plugin that takes ten seconds by the clock of these tests."""

INSTALLED = importlib.metadata.version("neural-sysid")
ONE = 'the name "twice" is also claimed by two-sysid 2; uninstall one of them'
TWO = 'the name "twice" is also claimed by one-sysid 1; uninstall one of them'
OLD = f"it needs neural-sysid<0.0.1, but {INSTALLED} is installed"
WARNINGS = [
    f"warning: plugin old (old-sysid 1.2): {OLD}",
    f"warning: plugin twice (one-sysid 1): {ONE}",
    f"warning: plugin twice (two-sysid 2): {TWO}",
]


@pytest.fixture(autouse=True)
def _strangers(site, monkeypatch, tmp_path):
    """Install all of them, and work in an empty folder."""
    clock = SimpleNamespace(now_s=0.0)
    clock.perf_counter = lambda: clock.now_s
    monkeypatch.setattr("sysid.plugin.time", clock)
    monkeypatch.chdir(tmp_path)
    site.install(SHADOWING)
    site.install(SLEEPY + textwrap.dedent(LEAKY), plugin="lazy", package="lazy-sysid")
    site.install(
        "raise RuntimeError('imported')", plugin="old", package="old-sysid", requires="neural-sysid<0.0.1"
    )
    site.install(LEAKY, plugin="twice", package="one-sysid", version="1")
    site.install(LEAKY, plugin="twice", package="two-sysid", version="2")


def run_part(use, **keys):
    """Run a recipe with a core, and return what came and which package the run says its core is of."""
    rows = "\n".join(f"{name} = {value}" for name, value in keys.items())
    write_recipe(more=f'[core]\nuse = "{use}"\n{rows}')
    done = call("run", "tiny.toml")
    file = Path("runs/tiny/base/movie-simulated/fold0/seed0/run.json")
    return done, json.loads(file.read_text())["parts"]["core"] if done.code == 0 else None


def test_plugins_says_what_each_is():
    done = call("plugins")
    assert (done.code, done.err) == (0, "")
    rows = [" ".join(line.split()) for line in done.out.splitlines()]
    ships = [row for row in rows if row.split()[1] == "neural-sysid"]
    assert [row for row in rows if row not in ships] == [
        "acme acme-sysid 1.2 ok core:acme:lstm",
        'core:acme:lstm: in a recipe, "lstm" alone is still that of sysid',
        "lazy lazy-sysid 1.2 slow core:lazy:leaky",
        "slow: its import took 10.0 s, which every command waits for",
        f"old old-sysid 1.2 BROKEN {OLD}",
        f"twice one-sysid 1 BROKEN {ONE}",
        f"twice two-sysid 2 BROKEN {TWO}",
    ]
    assert len(ships) == 5


def test_show_names_both_of_two_with_one_name():
    done = call("show", "core:twice:leaky")
    assert (done.code, done.out) == (2, "")
    assert done.complaints == [
        *WARNINGS,
        f'unknown core "twice:leaky"; plugin twice of one-sysid 1 is broken: {ONE}; '
        f"plugin twice of two-sysid 2 is broken: {TWO}",
    ]


def test_show_says_for_which_version_one_was_made():
    done = call("show", "core:old:leaky")
    assert (done.code, done.out) == (2, "")
    assert done.complaints == [
        *WARNINGS,
        f'unknown core "old:leaky"; plugin old of old-sysid 1.2 is broken: {OLD}',
    ]


def test_show_means_by_a_bare_name_what_ships():
    assert call("show", "core:lstm").out.startswith(f"core:lstm  (neural-sysid {INSTALLED})\n")
    assert call("show", "core:acme:lstm").out.startswith("core:acme:lstm  (acme-sysid 1.2)\n")


def test_show_shows_a_slow_one_like_any_other():
    done = call("show", "core:lazy:leaky")
    assert (done.code, done.complaints) == (0, WARNINGS)
    assert done.out.startswith("core:lazy:leaky  (lazy-sysid 1.2)\n")


def test_a_run_that_needs_none_of_them_is_told_a_line_for_each_that_is_broken_and_no_more():
    done, core = run_part("lstm", hidden_units=2)
    assert done.code == 0, done.err
    assert [line for line in done.complaints if line.startswith("warning")] == WARNINGS
    assert (core["package"], core["version"]) == ("neural-sysid", INSTALLED)


def test_a_run_that_needs_broken_ones_names_every_package_and_reason():
    variants = [f'[variants.{name}.core]\nuse = "{name}:leaky"' for name in ("twice", "old")]
    write_recipe(more="\n".join(variants))
    done = call("run", "tiny.toml")
    assert (done.code, done.out) == (2, "")
    assert done.complaints == [
        *WARNINGS,
        'tiny.toml: variants.twice.core.use: unknown core "twice:leaky"; '
        f"plugin twice of one-sysid 1 is broken: {ONE}; plugin twice of two-sysid 2 is broken: {TWO}",
        'tiny.toml: variants.old.core.use: unknown core "old:leaky"; '
        f"plugin old of old-sysid 1.2 is broken: {OLD}",
    ]
    assert not Path("runs").exists()


@pytest.mark.parametrize(("use", "package"), [("acme:lstm", "acme-sysid"), ("lazy:leaky", "lazy-sysid")])
def test_a_run_with_one_that_works_says_whose_part_it_is(use, package):
    done, core = run_part(use)
    assert done.code == 0, done.err
    assert (core["use"], core["package"], core["version"]) == (use, package, "1.2")


def test_with_one_of_the_two_gone_the_other_works(site):
    site.remove("one-sysid")
    done = call("show", "core:twice:leaky")
    assert (done.code, done.complaints) == (0, WARNINGS[:1])
    assert done.out.startswith("core:twice:leaky  (two-sysid 2)\n")


@pytest.mark.slow
def test_an_import_of_ten_seconds_is_shown_with_its_time(site, tmp_path):
    site.install(
        "import time; time.sleep(10)\n" + textwrap.dedent(LEAKY), plugin="lazy", package="lazy-sysid"
    )
    path = os.pathsep.join([str(site.folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = wait(launch("plugins", PYTHONPATH=path))
    assert done.code == 0, done.err
    assert "slow: its import took 10." in done.out
    write_recipe(more='[core]\nuse = "lazy:leaky"')
    done = wait(launch("run", "tiny.toml", PYTHONPATH=path))
    assert done.code == 0, done.err
