"""Tests of sysid/run_plan.py: what a run folder keeps of a run reads back."""

import json
from pathlib import Path

import attrs
import pytest

from sysid import SysidError
from sysid.recipe import load_recipe
from sysid.registry import discover
from sysid.run_plan import structure_component

RECIPE = """
[datasets.movie]
use = "simulated_retina"
[encoder]
use = "conv2d"
layers = [{channels = 4, kernel_px = 3}]
[core]
use = "lstm"
[readout]
use = "dense"
[training]
seeds = [2]
"""


def test_a_resolved_run_goes_through_json_and_back(tmp_path: Path) -> None:
    registry = discover()
    (tmp_path / "x.toml").write_text(RECIPE)
    (run,) = load_recipe(tmp_path / "x.toml", registry=registry).runs
    table = json.loads(json.dumps(run.resolved(), allow_nan=False))
    for kind in ("dataset", "encoder", "core", "readout"):
        component, config = structure_component(registry, kind, table[kind], f"run.json: {kind}")
        assert component.name == table[kind]["use"]
        assert config == getattr(run, kind)
        assert table[kind].keys() == {"use", *attrs.fields_dict(type(config))}
    assert (table["variant"], table["fold"], table["seed"]) == ("base", 0, 2)
    assert table["stand_in"] is None


def test_a_mistake_in_a_kept_run_names_file_and_key() -> None:
    with pytest.raises(SysidError) as error:
        structure_component(discover(), "core", {"use": "lstm", "hidden_units": "8"}, "run.json: core")
    assert str(error.value) == 'run.json: core.hidden_units: expected int, got "8" (str)'
