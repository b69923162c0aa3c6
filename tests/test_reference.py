"""Tests for `sysid.reference`: the pages in docs/reference are what the code says."""

import sys
from pathlib import Path

import attrs
import pytest

import sysid
from sysid.component import Component
from sysid.plugin import Plugin
from sysid.recipe_shape import TOP_KEYS
from sysid.reference import PAGES, write_reference
from sysid.reference.command_line import main
from sysid.reference.component import describe_components
from sysid.reference.interface import interface_names
from sysid.reference.markdown import join_blocks, tabulate
from sysid.reference.recipe import TABLES, describe_recipe
from sysid.registry import Registry
from sysid.schema import FieldDocument

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"


@attrs.frozen
class Strange(sysid.Core):
    """Be strange."""

    def build(self, input_shape):
        raise NotImplementedError


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_makes(name):
    written = (FOLDER / name).read_text(encoding="utf-8")
    assert PAGES[name]() == written, "run `python -m sysid.reference docs/reference`"


def test_no_page_is_left_over_from_another_day():
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)


def test_pages_are_written_into_a_folder(tmp_path):
    assert write_reference(tmp_path) == tuple(tmp_path / name for name in PAGES)
    assert (tmp_path / "commands.md").read_text(encoding="utf-8").startswith("# Commands\n")


def test_interfaces_are_in_the_order_of_their_module():
    names = interface_names()
    assert names[:3] == ("InputShape", "Description", "Dataset")
    assert set(names) == {name for name, home in sysid._HOME.items() if home == "sysid.interface"}


def test_rows_of_a_table_stand_together_and_other_blocks_apart():
    assert join_blocks(["a\n", "", "| b |", "| c |", "- d", "- e"]) == "a\n\n| b |\n| c |\n\n- d\n- e\n"


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
