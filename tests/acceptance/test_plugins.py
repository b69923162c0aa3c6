"""Acceptance 7: plugin packages that are really on the path, broken ones and a good one."""

import json
import os
import re
import textwrap
from pathlib import Path

import pytest

from tests.command_line import Outcome, call, launch, wait, write_recipe

GOOD = """
    import attrs
    import sysid
    from torch import nn

    @attrs.frozen
    class Gain(sysid.Core):
        '''Multiply every channel by a learned gain.'''

        start: float = sysid.key("gain at the start", default=1.0, above=0)

        def build(self, input_shape):
            return GainModule(input_shape[1], self.start)

    class GainModule(nn.Module):
        def __init__(self, channels, start):
            super().__init__()
            self.gain = nn.Parameter(0 * nn.Linear(channels, 1).weight[0].detach() + start)

        def forward(self, features):
            gain = self.gain[:, None, None]
            return features * gain, 1e-3 * gain.square().sum()

    @sysid.hookimpl
    def sysid_cores():
        return {"gain": Gain}
"""
BROKEN = {
    "raises": "raise RuntimeError('no GPU here')",
    "exits": "import sys\nsys.exit('this is a script')",
    "misspelt": GOOD.replace("def sysid_cores", "def sysid_core"),
}
REASONS = {
    "raises": "its import raised RuntimeError: no GPU here",
    "exits": "its import raised SystemExit: this is a script",
    "misspelt": 'unknown hook "sysid_core"; did you mean "sysid_cores"?',
}
WARNINGS = [f"warning: plugin {name} ({name}-sysid 1.2): {REASONS[name]}" for name in sorted(BROKEN)]


def install(folder: Path, plugin: str, code: str, version: str = "1.2") -> Path:
    """Lay a package out as an installer would: its module, its metadata, its entry point."""
    about = folder / f"{plugin}_sysid-{version}.dist-info"
    about.mkdir(parents=True)
    (folder / f"{plugin}_sysid.py").write_text(textwrap.dedent(code))
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {plugin}-sysid\nVersion: {version}\n")
    (about / "entry_points.txt").write_text(f"[sysid]\n{plugin} = {plugin}_sysid\n")
    return folder


def run(*arguments: str, path: Path) -> Outcome:
    """Run the command with a folder of packages on Python's path."""
    already = os.environ.get("PYTHONPATH")
    return wait(launch(*arguments, PYTHONPATH=os.pathsep.join([str(path), *([already] if already else [])])))


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def broken(tmp_path) -> Path:
    """A folder with one package that raises, one that exits, and one with a misspelt hook."""
    for plugin, code in BROKEN.items():
        install(tmp_path / "packages", plugin, code)
    return tmp_path / "packages"


def test_broken_plugins_are_a_line_each_and_a_recipe_without_them_runs(broken):
    write_recipe()
    done = run("run", "tiny.toml", path=broken)
    assert done.code == 0, done.err
    assert done.complaints[:-1] == WARNINGS
    assert done.complaints[-1].startswith("1/1 base/movie/fold0/seed0: CC ")
    assert Path("runs/tiny/summary/summary.json").is_file()


def test_a_recipe_that_needs_broken_plugins_names_packages_and_reasons(broken):
    variants = [f'[variants.{name}.core]\nuse = "{name}:gain"' for name in sorted(BROKEN)]
    write_recipe(more="\n".join(variants))
    done = run("run", "tiny.toml", path=broken)
    assert (done.code, done.out) == (2, "")
    assert done.complaints == WARNINGS + [
        f'tiny.toml: variants.{name}.core.use: unknown core "{name}:gain"; '
        f"plugin {name} of {name}-sysid 1.2 is broken: {REASONS[name]}"
        for name in sorted(BROKEN)
    ]
    assert not Path("runs").exists()


def test_the_verb_plugins_lists_broken_ones_with_the_reason(broken, monkeypatch):
    monkeypatch.syspath_prepend(broken)
    done = call("plugins")
    assert (done.code, done.err) == (0, "")
    rows = [re.split(" {2,}", line) for line in done.out.splitlines() if "BROKEN" in line]
    assert rows == [[name, f"{name}-sysid 1.2", "BROKEN", REASONS[name]] for name in sorted(BROKEN)]


def test_a_core_of_somebody_else_trains_and_another_version_starts_another_folder(tmp_path):
    write_recipe(more='[variants.gain.core]\nuse = "acme:gain"\nstart = 0.5')
    first = run("run", "tiny.toml", path=install(tmp_path / "old", "acme", GOOD))
    assert first.code == 0, first.err
    folder = Path("runs/tiny/gain/movie-simulated/fold0/seed0")
    information = json.loads((folder / "run.json").read_text())
    assert information["identity"]["configuration"]["core"] == {"use": "acme:gain", "start": 0.5}
    assert information["identity"]["versions"]["acme-sysid"] == "1.2"
    assert information["outcome"]["epochs"] == 2
    second = run("run", "tiny.toml", path=install(tmp_path / "new", "acme", GOOD, version="1.3"))
    assert second.code == 0, second.err
    assert second.complaints[0] == (
        f"{folder} holds another run (this one has acme-sysid 1.3 instead of 1.2); "
        f"this run goes to {folder}-2"
    )
    assert (folder.with_name("seed0-2") / "best.safetensors").is_file()
    assert json.loads((folder / "run.json").read_text()) == information


def test_a_plugin_that_is_not_installed_is_asked_for_by_name():
    write_recipe(more='[variants.gain.core]\nuse = "acme:gain"')
    done = call("run", "tiny.toml")
    assert (done.code, done.out) == (2, "")
    assert done.complaints == [
        'tiny.toml: variants.gain.core.use: unknown core "acme:gain"; '
        'no plugin is called "acme": `pip install` the package that has it'
    ]
