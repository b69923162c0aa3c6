"""Tests for `sysid.reference`: the pages in docs/reference are what the code says."""

import sys
from pathlib import Path

import attrs
import pytest

import sysid
from sysid.component import Component
from sysid.plugin import Plugin
from sysid.recipe_shape import TOP_KEYS
from sysid.reference import TABLES, describe_components, describe_recipe, main, tabulate, write_reference
from sysid.registry import Registry, discover
from sysid.schema import FieldDocument, document

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"


@attrs.frozen
class Strange(sysid.Core):
    """Be strange."""

    def build(self, input_shape):
        raise NotImplementedError


@pytest.mark.parametrize("name", ["recipe.md", "components.md"])
def test_pages_are_what_the_code_makes(name, tmp_path):
    write_reference(tmp_path)
    written = (FOLDER / name).read_text(encoding="utf-8")
    assert (tmp_path / name).read_text(encoding="utf-8") == written, (
        "run `python -m sysid.reference docs/reference`"
    )


def test_every_key_of_every_component_is_described():
    registry = discover()
    page = describe_components(registry)
    for kind in ("dataset", "encoder", "core", "readout", "analysis"):
        for component in registry.components(kind):
            if component.package != "neural-sysid":
                continue
            section = page.partition(f"### {kind}:{component.name}\n")[2].partition("\n## ")[0]
            section = section.partition("\n### ")[0]
            assert section
            for field in document(component.config_class):
                assert f"| `{field.name}` | " in section


def test_components_of_other_packages_are_left_out():
    strange = Component("core", "acme:strange", Strange, "sysid-acme", "1", "acme")
    page = describe_components(Registry((Plugin("acme", "sysid-acme", "1", (strange,)),)))
    assert "strange" not in page


def test_every_table_of_a_recipe_is_described():
    assert set(TABLES) == set(TOP_KEYS)
    page = describe_recipe()
    for name in ("history", "every_fold", "learning_rate", "correlation", "--set", "--only", "--profile"):
        assert f"`{name}" in page


def test_a_table_row_says_type_unit_range_default_and_meaning():
    field = FieldDocument("size_px", '"a" | "b"', None, "px", "at least 1", "|w| of it")
    assert list(tabulate([field]))[1:] == [
        '| `size_px` | `"a" \\| "b"`, px, at least 1 | **required** | \\|w\\| of it |'
    ]


def test_a_default_stands_as_toml_has_it():
    field = FieldDocument("control", "str", '"none"', "", "", "what")
    assert list(tabulate([field]))[1:] == ['| `control` | `str` | `"none"` | what |']


def test_a_missing_folder_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["reference", str(tmp_path / "none")])
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code == (
        "python -m sysid.reference: expected one existing folder, such as docs/reference"
    )
