"""Tests of sysid/recipe_origin.py: a message points at where the value was written."""

import pytest

from sysid.recipe_origin import Origin, explain_no_change, place_in_variant
from sysid.recipe_overlay import parse_setting
from sysid.schema_error import KeyPath, Mistake

DOCUMENT = {
    "core": {"use": "lstm", "units": 3},
    "encoder": {"layers": [{"size": 3}]},
    "variants": {"a": {"core": {"units": 4}}, "b": {"core": {"use": "gru"}, "readout": {"l2": 1}}},
}


@pytest.mark.parametrize(
    ("variant", "path", "placed"),
    [
        ("a", ("core", "units"), ("variants", "a", "core", "units")),
        ("a", ("core", "use"), ("core", "use")),
        ("a", ("core",), ("variants", "a", "core")),
        ("b", ("core", "units"), ("variants", "b", "core", "units")),
        ("b", ("readout", "use"), ("variants", "b", "readout", "use")),
        ("b", ("encoder", "layers", 0, "size"), ("encoder", "layers", 0, "size")),
    ],
)
def test_a_mistake_of_a_variant_is_placed_where_it_was_written(
    variant: str, path: KeyPath, placed: KeyPath
) -> None:
    assert place_in_variant(DOCUMENT, variant, Mistake(path, "wrong")) == Mistake(placed, "wrong")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("core", "units"), "--set core.units: wrong"),
        (("encoder", "layers", 0, "size"), "--set encoder.layers[0].size: wrong"),
        (("encoder", "layers", 0), "x.toml: encoder.layers[0]: wrong"),
        (("traning",), "--set traning: wrong"),
        (("training", "epochs"), "x.toml: profiles.quick.training.epochs: wrong"),
        (("training", "seeds"), "x.toml: training.seeds: wrong"),
        (("readout", "l2"), "x.toml: profiles.quick.readout.l2: wrong"),
        (("core", "use"), "x.toml: core.use: wrong"),
        ((), "x.toml: wrong"),
    ],
)
def test_a_line_names_the_setting_the_profile_or_the_file(path: KeyPath, line: str) -> None:
    texts = ("core.units=5", "encoder.layers.0.size=2", "traning.epochs=2")
    overlay = {"training": {"epochs": 3}, "readout": {"use": "dense"}}
    origin = Origin("x.toml", DOCUMENT, "quick", overlay, tuple(parse_setting(text) for text in texts))
    assert origin.write(Mistake(path, "wrong")) == line


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "core.units=9",
            "changes no run; every variant has its own, so set it in variants.a or variants.b",
        ),
        ("core.use=lstm", "changes no run; the value is what it was, or no run has it"),
        (
            "profiles.quick.core.units=9",
            "changes no run; a profile is laid before it, so set the path without profiles.NAME",
        ),
    ],
)
def test_a_setting_that_changes_nothing_is_explained(text: str, reason: str) -> None:
    assert explain_no_change(DOCUMENT, parse_setting(text)) == reason
