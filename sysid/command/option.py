"""Options that several verbs share."""

from pathlib import Path

import click

recipe_argument = click.argument("recipe", metavar="RECIPE")
profile_option = click.option("--profile", metavar="NAME", help="Lay [profiles.NAME] over the whole recipe.")
set_option = click.option(
    "--set",
    "settings",
    metavar="PATH=VALUE",
    multiple=True,
    help="Lay one value over the recipe; repeatable.",
)
only_option = click.option(
    "--only",
    metavar="PATTERN",
    multiple=True,
    help="Only runs whose name matches, e.g. 'cnn/movie1/*'; repeatable.",
)
folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("runs"),
    show_default=True,
    help="Where run folders go.",
)
