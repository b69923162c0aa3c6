"""The command `sysid`: its verbs, and what becomes of errors."""

import io
import os
import sys
from typing import NoReturn

import click

from sysid.command.analyze import analyze
from sysid.command.check import check
from sysid.command.component import list_components, show
from sysid.command.convert import convert
from sysid.command.doctor import doctor
from sysid.command.export_nwb import export_nwb
from sysid.command.fetch import fetch
from sysid.command.import_keras import import_keras
from sysid.command.inspect import inspect_command
from sysid.command.line import print_line
from sysid.command.new_plugin import new_plugin
from sysid.command.plugin import plugins
from sysid.command.predict import predict
from sysid.command.recipes import recipes
from sysid.command.report import report
from sysid.command.run import run
from sysid.command.verify import verify
from sysid.errors import InterruptedTrainingError, SysidError, lines_of
from sysid.place import own_place

USAGE_ERROR = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def _version(context: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # slower than --help should be

        print_line(f"sysid {version('neural-sysid')}")
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, callback=_version, expose_value=False, is_eager=True, help="Print the version."
)
def cli() -> None:
    """Neural system identification: from a recording and its stimulus to a trained, scored model."""


for command in (
    run,
    check,
    analyze,
    report,
    predict,
    verify,
    import_keras,
    list_components,
    show,
    plugins,
    new_plugin,
    doctor,
    recipes,
    fetch,
    inspect_command,
    convert,
    export_nwb,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; a user's mistake is one line each on standard error and exit code 2.

    Of several processes that `torchrun` started, the first does, and the others follow it.
    """
    # OpenMP's threads spin while they wait for one another, which on a busy machine costs up to ten
    # times the time; they read this when torch is imported
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # not every terminal and pipe has "±"
    try:
        place = own_place()
    except SysidError as error:
        _complain(error)
    if place.count == 1:
        carry_out()
    elif place.rank == 0:
        from sysid.joint_training import lead  # imports torch

        with lead():
            carry_out()
    else:
        from sysid.follower import follow

        sys.exit(follow())


def carry_out() -> None:
    """Do what the command line says, and turn errors into lines and an exit code."""
    try:
        cli(prog_name="sysid", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE_ERROR)
    except (click.Abort, KeyboardInterrupt):
        print_line("sysid: interrupted", err=True)
        sys.exit(INTERRUPTED)
    except InterruptedTrainingError as error:
        print_line(f"sysid: {error}", err=True)
        sys.exit(INTERRUPTED)
    except SysidError as error:
        _complain(error)


def _complain(error: SysidError) -> NoReturn:
    for line in lines_of(error):
        print_line(line, err=True)
    sys.exit(USAGE_ERROR)


if __name__ == "__main__":
    main()
