"""Print what a look into a file found: drawn to the width of a terminal, plain lines where there is none."""

from rich.text import Text

from sysid.command.page import make_console, plain, print_indented
from sysid.inspection import Inspection, Lines, Rows
from sysid.visible_text import make_visible

INDENT, GAP = 2, "  "


def print_page(title: str, found: Inspection, *, with_recipe: bool) -> None:
    """Print an inspection to standard output.

    Args:
        title: of the page.
        found: what to print.
        with_recipe: whether the recipe is printed too, to be pasted.
    """
    page = Page()
    page.print_title(title)
    for heading, content in found.sections:
        page.print_section(heading, content)
    page.print_section("Can be modelled", found.models or ("nothing: see what is missing",))
    if found.missing:
        page.print_section("Missing", found.missing)
    if found.recipe is not None and with_recipe:
        page.print_section("Recipe (--write FILE.toml puts it into a file)", ())
        page.print_verbatim(found.recipe)
    if found.ambiguous:
        page.print_section("To choose", (found.ambiguous,))


class Page:
    """Print sections one below the other."""

    def __init__(self) -> None:
        self.console = make_console()

    def print_title(self, title: str) -> None:
        """Print the first line."""
        self.console.print(plain(title, "bold"), soft_wrap=True)

    def print_section(self, heading: str, content: Lines | Rows) -> None:
        """Print a heading and, indented, lines or a table; nothing of it is cut off."""
        self.console.print()
        self.console.print(plain(heading, "bold"), soft_wrap=True)
        for each in content:
            if isinstance(each, str):
                print_indented(self.console, plain(each), INDENT)
        rows = [each for each in content if isinstance(each, tuple)]
        if rows:
            self._print_table(rows)

    def print_verbatim(self, text: str) -> None:
        """Print text to be copied: without indentation, lines not broken."""
        for line in text.rstrip("\n").split("\n"):
            self.console.print(plain(line), soft_wrap=True)

    def _print_table(self, rows: list[tuple[str, ...]]) -> None:
        """Print columns; where they are wider than the terminal, each row as a sentence instead."""
        rows = [tuple(map(make_visible, row)) for row in rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        whole = INDENT + sum(widths) + len(GAP) * (len(widths) - 1)
        if self.console.is_terminal and whole > self.console.width:
            for row in rows[1:]:
                print_indented(self.console, _join(rows[0], row), INDENT)
            return
        for number, row in enumerate(rows):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            line = plain(GAP.join(cells).rstrip(), "" if number else "dim")
            print_indented(self.console, line, INDENT)


def _join(heading: tuple[str, ...], row: tuple[str, ...]) -> Text:
    """Return a row as a sentence: its name, then what the heading says of each value that there is."""
    told = [f"{name} {value}" for name, value in zip(heading[1:], row[1:], strict=True) if value]
    return plain(f"{row[0]}: {', '.join(told)}" if told else row[0])
