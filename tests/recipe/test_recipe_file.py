"""Tests of sysid/recipe_file.py."""

from pathlib import Path

import pytest

from sysid import SysidError
from sysid.recipe_file import read_recipe


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "x.toml"


def test_the_text_is_kept_word_for_word(recipe: Path) -> None:
    recipe.write_bytes("# é\r\na = 1\r\n".encode())
    assert read_recipe(recipe) == ("# é\r\na = 1\r\n", {"a": 1})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"\xef\xbb\xbfa = 1",
            "x.toml: expected UTF-8, got UTF-8 with a byte order mark; save it without one",
        ),
        (b"a = 1\n# \xe9\n", "x.toml: expected UTF-8, got byte 0xe9 in line 2"),
        (b"a = 1\nb 2\n", "(at line 2, column 3)"),
        (b"a = 1\na = 2\n", "x.toml: expected TOML, got a mistake: Cannot overwrite a value (at line 2"),
        (b"[a", "x.toml: expected TOML, got a mistake: "),
    ],
)
def test_a_file_that_is_no_toml_is_one_line(recipe: Path, content: bytes, message: str) -> None:
    recipe.write_bytes(content)
    with pytest.raises(SysidError) as error:
        read_recipe(recipe)
    assert message in str(error.value)
    assert str(error.value).startswith("x.toml: ")
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_opened_is_one_line(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe.write_text("a = 1")

    def refuse(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)  # chmod does not stop root
    with pytest.raises(SysidError) as error:
        read_recipe(recipe)
    assert str(error.value) == "x.toml: expected a readable file, got: Permission denied"
