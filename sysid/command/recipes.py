"""`sysid recipes`: the recipes that come with sysid."""

from pathlib import Path

import click

from sysid.command.line import print_line


@click.group(invoke_without_command=True)
@click.pass_context
def recipes(context: click.Context) -> None:
    """List the bundled recipes, or copy one to change it."""
    if context.invoked_subcommand is None:
        from sysid.bundled import bundled_recipes
        from sysid.recipe_file import title_of

        for name, path in bundled_recipes().items():
            print_line(name.ljust(28) + title_of(path.read_text(encoding="utf-8")))


@recipes.command()
@click.argument("name")
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), default=Path("."), help="The folder to copy it to."
)
def copy(name: str, folder: Path) -> None:
    """Copy the bundled recipe NAME here."""
    from sysid.atomic import write_text
    from sysid.bundled import bundled_recipes
    from sysid.errors import SysidError, did_you_mean

    known = bundled_recipes()
    if name not in known:
        raise SysidError(f'recipes: no bundled recipe "{name}"{did_you_mean(name, known)}')
    target = folder / f"{name}.toml"
    if target.exists():
        raise SysidError(f"{target}: is already there; nothing was copied")
    write_text(target, known[name].read_text(encoding="utf-8"))
    print_line(str(target))
