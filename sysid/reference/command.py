"""The page of the command line: every command with its arguments and options."""

import inspect
from collections.abc import Iterator

import click

from sysid.command.main import cli
from sysid.reference.markdown import NOTICE, join_blocks, table_row

INTRODUCTION = """\
`sysid COMMAND --help` prints the same. Exit codes: 0 where all went well, 2 for a mistake of the user, one
line each on standard error, 130 where it was interrupted; a command that has others says so.
"""


def describe_commands() -> str:
    """Return the page as Markdown."""
    return join_blocks(_blocks())


def walk_commands(name: str = "sysid", command: click.Command = cli) -> Iterator[tuple[str, click.Command]]:
    """Yield every command with what a user types, also those that belong to another."""
    yield name, command
    if isinstance(command, click.Group):
        for below, inner in sorted(command.commands.items()):
            yield from walk_commands(f"{name} {below}", inner)


def _blocks() -> Iterator[str]:
    yield from ("# Commands", NOTICE, INTRODUCTION)
    for name, command in walk_commands():
        yield from _describe(name, command)


def _describe(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    yield f"## {name}"
    yield f"    {name} {' '.join(command.collect_usage_pieces(context))}"
    yield inspect.cleandoc(command.help or "")
    options = [each for each in command.params if isinstance(each, click.Option)]
    if options:
        yield "| option | default | meaning |\n|---|---|---|"
    for option in options:
        yield table_row(_name(option, context), _default(option, context), option.help or "")


def _name(option: click.Option, context: click.Context) -> str:
    """Return how an option is written, with what it is given."""
    spellings = ", ".join([*option.opts, *option.secondary_opts])
    given = "" if option.is_flag else f" {option.make_metavar(context)}"
    return f"`{spellings}{given}`"


def _default(option: click.Option, context: click.Context) -> str:
    if option.required:
        return "**required**"
    if not option.show_default:
        return ""
    return f"`{option.get_default(context)}`"
