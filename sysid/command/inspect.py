"""`sysid inspect`: what a file holds, what can be modelled from it, and a recipe that does so."""

from pathlib import Path

import click

from sysid.command.line import print_line

PLACE = click.Path(path_type=Path, readable=False)  # what cannot be read is one line of ours, four of click's


@click.command("inspect")
@click.argument("file", metavar="FILE", type=PLACE)
@click.option(
    "--write",
    "recipe",
    metavar="RECIPE.toml",
    type=PLACE,
    help="Write the recipe there.",
)
@click.option("--overwrite", is_flag=True, help="Replace RECIPE.toml if it is there.")
@click.option(
    "--templates",
    metavar="PATH",
    type=PLACE,
    help="Where the pixels are, for a file that only names its frames.",
)
@click.option(
    "--dataset", metavar="NAME", help="The dataset that looks into it, where several know the kind."
)
def inspect_command(
    file: Path, recipe: Path | None, overwrite: bool, templates: Path | None, dataset: str | None
) -> None:
    """Show what is in FILE that matters here, such as an NWB file, and a recipe that models it.

    The exit code is 2 where nothing can be modelled.
    """
    from sysid.atomic import write_text
    from sysid.command.discovery import discover_aloud
    from sysid.command.inspection_page import print_page
    from sysid.errors import SysidError
    from sysid.inspection_request import inspect_file
    from sysid.output_place import check_place

    if recipe is not None:
        check_place("--write", recipe, ".toml", overwrite=overwrite)
    found = inspect_file(file, discover_aloud(), dataset=dataset, templates=templates)
    print_page(f"{file}", found, with_recipe=recipe is None)
    if found.recipe is None:
        not_written = f" {recipe} is not written." if recipe is not None else ""
        raise SysidError(f"{file}: nothing can be modelled: {found.missing[0]}.{not_written}")
    if recipe is None:
        return
    write_text(recipe, found.recipe)
    print_line()
    print_line(
        f"{recipe}: written; `sysid run {recipe} --profile quick` runs it in minutes, without the "
        "profile in full"
    )
