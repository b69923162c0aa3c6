"""Tests of sysid/bundled.py."""

from pathlib import Path

import pytest

from sysid import SysidError, bundled
from sysid.bundled import bundled_recipes, find_recipe


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with recipes inside, and a stranger's folder beside it."""
    package = tmp_path / "site-packages" / "sysid"
    (package / "bundled_recipes").mkdir(parents=True)
    (package / "bundled_recipes" / "paper_crnn.toml").touch()
    (package.parent / "recipes").mkdir()
    (package.parent / "recipes" / "soup.toml").touch()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(bundled, "PACKAGE", package)
    return package


def message(name: str | Path) -> str:
    with pytest.raises(SysidError) as error:
        find_recipe(name)
    return str(error.value)


def test_a_wheel_has_its_recipes_inside(wheel: Path) -> None:
    assert bundled_recipes() == {"paper_crnn": wheel / "bundled_recipes" / "paper_crnn.toml"}


def test_a_checkout_has_them_beside(wheel: Path) -> None:
    (wheel / "bundled_recipes" / "paper_crnn.toml").unlink()
    (wheel / "bundled_recipes").rmdir()
    assert bundled_recipes() == {}
    (wheel.parent / "pyproject.toml").touch()
    assert bundled_recipes() == {"soup": wheel.parent / "recipes" / "soup.toml"}


def test_a_bare_name_finds_a_bundled_recipe_even_beside_a_folder_of_that_name(wheel: Path) -> None:
    Path("paper_crnn").mkdir()
    assert find_recipe("paper_crnn") == wheel / "bundled_recipes" / "paper_crnn.toml"


def test_a_file_comes_before_a_bundled_recipe(wheel: Path) -> None:
    Path("paper_crnn").touch()
    assert find_recipe("paper_crnn") == Path("paper_crnn")


def test_a_missing_recipe_names_what_is_near(wheel: Path) -> None:
    Path("mine.toml").touch()
    nothing = "no such file, nor a recipe that ships with sysid"
    assert message("paper_cnn") == f'paper_cnn: {nothing}; did you mean "paper_crnn"?'
    assert message("papers/paper_cnn.toml") == f'papers/paper_cnn.toml: {nothing}; did you mean "paper_crnn"?'
    assert message("mine.tml") == f'mine.tml: {nothing}; did you mean "mine.toml"?'
    assert message("xyz") == f"xyz: {nothing}; these do: paper_crnn"


def test_a_folder_and_an_impossible_name_are_one_line(wheel: Path) -> None:
    assert message(wheel.parent) == f"{wheel.parent}: expected a recipe file, got a folder"
    assert message("a" * 300).endswith("expected a readable file, got: File name too long")
