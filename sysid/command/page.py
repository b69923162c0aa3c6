"""What the pages of several commands share: wrapped to a terminal, one line each where there is none."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from sysid.visible_text import make_visible


def make_console() -> Console:
    """Return a console on standard output that colours nothing of its own accord."""
    return Console(highlight=False, markup=False, emoji=False)


def plain(text: str, style: str = "") -> Text:
    """Return one line of text as it is: nothing in it is markup, and nothing steers the terminal."""
    return Text(make_visible(text), style=style)


def print_indented(console: Console, line: Text, indent: int) -> None:
    """Print a line some columns in; on a terminal what it is broken into stays below it."""
    if console.is_terminal:
        console.print(Padding(line, (0, 0, 0, indent), expand=False))
    else:
        console.print(Text(" " * indent).append(line), soft_wrap=True)
