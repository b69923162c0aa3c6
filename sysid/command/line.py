"""Print lines: the one way to standard output and standard error for a command that draws nothing."""

import click

from sysid.visible_text import make_visible


def print_line(line: str = "", *, err: bool = False) -> None:
    """Print one line, in which names from files steer no terminal.

    Args:
        line: without a newline; one within is shown as such.
        err: whether it goes to standard error.
    """
    click.echo(make_visible(line), err=err)
