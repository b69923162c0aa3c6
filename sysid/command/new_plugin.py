"""`sysid new-plugin`: write a package with one part that works, to be changed into one's own."""

import shlex
from pathlib import Path

import click

from sysid.command.component import KINDS
from sysid.command.line import print_line


@click.command()
@click.argument("name", metavar="NAME")
@click.option("--kind", metavar="KIND", help=f"One of {', '.join(KINDS)}; required.")
@click.option(
    "--folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path("."),
    help="Where the package's own folder goes; by default here.",
)
def new_plugin(name: str, kind: str | None, folder: Path) -> None:
    """Write NAME, an installable package of a plugin with one part of KIND, into a new folder of that name.

    It is complete: a small model, its tests, a recipe that uses it as NAME:…, a README. Comments say what to
    change first. NAME is what stands before the colon in recipes.
    """
    from sysid.errors import SysidError, did_you_mean
    from sysid.new_plugin.package import write_plugin

    if kind not in KINDS:
        got = "nothing" if kind is None else f'"{kind}"{did_you_mean(kind, KINDS)}'
        raise SysidError(f"--kind: expected one of {', '.join(KINDS)}, got {got}")
    written = write_plugin(name, kind, folder)
    imported = f", imported as {written.import_name}" if written.import_name != name else ""
    print_line(f"{written.folder}: a package with {written.component}{imported}; next:")
    place = f"./{written.folder}" if not written.folder.is_absolute() else f"{written.folder}"
    print_line(f"  pip install -e {shlex.quote(f'{place}[test]')}")
    print_line(f"  python -m pytest {shlex.quote(str(written.folder))}")
    print_line(f"  sysid run {shlex.quote(str(written.recipe))}")
