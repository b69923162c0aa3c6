"""`sysid inspect`: a file, asked of every dataset that can look into one."""

from pathlib import Path
from typing import Any

import attrs
import pytest
from rich.console import Console

from sysid import Dataset, FileDataset, Inspection, SysidError, key
from sysid.command import discovery
from sysid.command.inspection_page import Page, print_page
from sysid.component import Component
from sysid.inspection_request import inspect_file
from sysid.plugin import Plugin
from sysid.registry import Registry
from tests.command_line import call

RECIPE = '[datasets.notes]\nuse = "acme:text" # [bold] is no markup\n'
LONG = "a sentence that is longer than a narrow terminal is wide, " * 3


def never(*_arguments: Any) -> Any:
    """Stand for a method that inspection must not call."""
    raise NotImplementedError


@attrs.frozen
class Text(FileDataset):
    """Reads text files; an empty one holds nothing to model."""

    path: Path = key("file")

    describe = provenance = load = never

    @classmethod
    def recognizes(cls, path: Path) -> bool:
        return path.suffix == ".txt"

    @classmethod
    def inspect(cls, path: Path, name: str, templates: Path | None) -> Inspection:
        text = path.read_text()
        if not text:
            return Inspection(sections=[("Words", ())], missing=["words: look for them in another file"])
        return Inspection(
            sections=[
                ("Words", (f"{len(text.split())} words, templates {templates}", LONG)),
                ("Letters", (("letter", "what it is like"), ("a", LONG), ("bb", "short"))),
            ],
            models=[f"{name}: the next word"],
            recipe=RECIPE,
            ambiguous="language: English or Latin" if "ambiguous" in text else "",
        )


@attrs.frozen
class OtherText(Text):
    """Knows the same kind of file, and one more."""

    @classmethod
    def recognizes(cls, path: Path) -> bool:
        return path.suffix == ".txt" and path.stem == "twice"


@attrs.frozen
class Simulated(Dataset):
    """Has no files."""

    describe = provenance = load = never


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Registry:
    """Offer three datasets, of which two look into files, and work in an empty folder."""
    offered = {"acme:text": Text, "other:text": OtherText, "simulated": Simulated}
    made = tuple(Component("dataset", name, cls, "acme", "1", "acme") for name, cls in offered.items())
    found = Registry((Plugin("acme", "acme", "1", made),))
    monkeypatch.setattr(discovery, "discover", lambda: found)
    monkeypatch.chdir(tmp_path)
    return found


@pytest.fixture
def file() -> Path:
    Path("notes.txt").write_text("three short words")
    return Path("notes.txt")


def test_the_page_has_what_is_inside_what_can_be_modelled_and_the_recipe(file: Path) -> None:
    outcome = call("inspect", file)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0] == "notes.txt"
    assert "  3 words, templates None" in lines
    assert lines[lines.index("Can be modelled") + 1] == "  acme:text: the next word"
    assert RECIPE in outcome.out
    assert "Missing" not in outcome.out
    assert "To choose" not in outcome.out


def test_off_a_terminal_every_line_and_row_is_one_line(file: Path) -> None:
    lines = call("inspect", file).out.splitlines()
    assert f"  {LONG}".rstrip() in [line.rstrip() for line in lines]
    assert "  letter  what it is like" in lines
    assert "  bb      short" in lines
    assert f"  a       {LONG}".rstrip() in lines


def on_terminal(width: int, *content: Any) -> list[str]:
    """Return the lines of a section on a terminal."""
    page = Page()
    page.console = Console(width=width, force_terminal=True, no_color=True, record=True)
    page.print_section("Letters", content)
    return page.console.export_text().splitlines()


def test_on_a_terminal_no_line_is_wider_than_it_and_nothing_is_lost() -> None:
    for content in ((LONG,), (("letter", "what it is like"), ("a", LONG), ("bb", ""))):
        lines = on_terminal(50, *content)
        assert max(map(len, lines)) <= 50
        assert " ".join(" ".join(lines).split()).count("narrow terminal is wide,") == 3


def test_a_table_is_columns_where_these_fit_and_sentences_where_not() -> None:
    rows = (("letter", "how often", "where"), ("a", "12", "in vowels"), ("bb", "", "nowhere"))
    assert [line.rstrip() for line in on_terminal(40, *rows)[2:]] == [
        "  letter  how often  where",
        "  a       12         in vowels",
        "  bb                 nowhere",
    ]
    assert [line.rstrip() for line in on_terminal(28, *rows)[2:]] == [
        "  a: how often 12, where in",
        "  vowels",
        "  bb: where nowhere",
    ]


def test_what_has_to_be_chosen_stands_at_the_end() -> None:
    Path("notes.txt").write_text("ambiguous")
    assert call("inspect", "notes.txt").out.splitlines()[-2:] == ["To choose", "  language: English or Latin"]


def test_what_is_missing_is_said_and_nothing_is_written() -> None:
    Path("empty.txt").write_text("")
    outcome = call("inspect", "empty.txt", "--write", "recipe.toml")
    assert outcome.code == 2
    assert "Can be modelled\n  nothing: see what is missing" in outcome.out
    assert "Missing\n  words: look for them in another file" in outcome.out
    assert outcome.complaints == [
        "empty.txt: nothing can be modelled: words: look for them in another file. recipe.toml is not "
        "written."
    ]
    assert not Path("recipe.toml").exists()


def test_the_exit_code_says_that_nothing_can_be_modelled() -> None:
    Path("empty.txt").write_text("")
    outcome = call("inspect", "empty.txt")
    assert (outcome.code, outcome.complaints) == (
        2,
        ["empty.txt: nothing can be modelled: words: look for them in another file."],
    )


def test_the_recipe_is_written_and_the_command_that_runs_it_is_said(file: Path) -> None:
    outcome = call("inspect", file, "--write", "recipe.toml")
    assert outcome.code == 0
    assert Path("recipe.toml").read_text() == RECIPE
    assert "[datasets.notes]" not in outcome.out  # it is in the file
    assert "`sysid run recipe.toml --profile quick`" in outcome.out.splitlines()[-1]


def test_a_recipe_is_replaced_only_when_told_so(file: Path) -> None:
    Path("recipe.toml").write_text("mine")
    outcome = call("inspect", file, "--write", "recipe.toml")
    assert (outcome.code, outcome.complaints) == (2, ["recipe.toml: exists; --overwrite replaces it"])
    assert Path("recipe.toml").read_text() == "mine"
    assert call("inspect", file, "--write", "recipe.toml", "--overwrite").code == 0
    assert Path("recipe.toml").read_text() == RECIPE


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("recipe.txt", "--write: expected a file name in .toml, got recipe.txt"),
        ("away/recipe.toml", "away/recipe.toml: expected a folder to write it into; there is no away"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_first(file: Path, target: str, line: str) -> None:
    outcome = call("inspect", file, "--write", target)
    assert (outcome.code, outcome.out, outcome.complaints) == (2, "", [line])


def test_a_file_of_no_kind_is_one_line_with_the_kinds_there_are() -> None:
    Path("data.bin").write_bytes(b"\0")
    outcome = call("inspect", "data.bin")
    assert outcome.code == 2
    assert outcome.complaints == [
        "data.bin: expected a file of a kind that a dataset here can look into (acme:text, other:text), "
        "got another"
    ]


def test_a_file_that_is_not_there_is_one_line() -> None:
    assert call("inspect", "no.txt").complaints == ["no.txt: no such file"]


def test_a_file_of_two_kinds_needs_a_choice(registry: Registry) -> None:
    Path("twice.txt").write_text("words")
    assert call("inspect", "twice.txt").complaints == [
        "twice.txt: acme:text and other:text know this kind of file; choose one with --dataset"
    ]
    found = inspect_file(Path("twice.txt"), registry, dataset="other:text")
    assert found.models == ("other:text: the next word",)


def test_a_dataset_without_files_cannot_be_asked(file: Path) -> None:
    assert call("inspect", file, "--dataset", "simulated").complaints == [
        '--dataset: expected a dataset that can look into files (acme:text, other:text), got "simulated"'
    ]


def test_templates_are_handed_on_if_they_are_there(file: Path) -> None:
    assert call("inspect", file, "--templates", "frames.npy").complaints == [
        "frames.npy: no such file or folder, given with --templates"
    ]
    Path("frames.npy").write_bytes(b"")
    assert "templates frames.npy" in call("inspect", file, "--templates", "frames.npy").out


@pytest.mark.parametrize(
    "wrong",
    [
        {"sections": [("Words", "text")]},
        {"sections": [("Words", (("a", "b"), ("c",)))]},
        {"sections": [(1, ())]},
        {"sections": (), "models": "text"},
        {"sections": (), "missing": (1,)},
        {"sections": (), "recipe": 1},
    ],
)
def test_what_would_break_the_page_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Inspection(**wrong)


def test_markup_in_a_file_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_page("[red]x", Inspection(sections=[("[b]", ("[link]y", ":smile:"))]), with_recipe=True)
    printed = capsys.readouterr().out
    assert all(each in printed for each in ("[red]x", "[b]", "[link]y", ":smile:"))


def test_no_dataset_at_all_is_said(file: Path) -> None:
    with pytest.raises(SysidError, match=r"can look into \(none\), got another"):
        inspect_file(file, Registry(()))
