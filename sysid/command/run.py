"""`sysid run`: train and score every run of a recipe."""

from pathlib import Path

import click

from sysid.command.option import folder_option, only_option, profile_option, recipe_argument, set_option

SHOWN = 12  # names of runs in a line


@click.command()
@recipe_argument
@profile_option
@set_option
@only_option
@folder_option
@click.option(
    "--no-stand-in", is_flag=True, help="Stop if a recording is not here; never use simulated data instead."
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Runs at once, each in a process of its own; changes no result.",
)
@click.option(
    "--on-nan",
    type=click.Choice(["stop", "skip"]),
    help="Lay training.on_nan over the recipe: stop at a step whose loss is not finite, or leave it out.",
)
@click.option("--quiet", is_flag=True, help="Print the table of results and nothing else.")
def run(
    recipe: str,
    profile: str | None,
    settings: tuple[str, ...],
    only: tuple[str, ...],
    folder: Path,
    no_stand_in: bool,
    jobs: int,
    on_nan: str | None,
    quiet: bool,
) -> None:
    """Train and score every run of RECIPE, a TOML file or the name of a bundled recipe.

    A run that is finished is not repeated, and one that was interrupted goes on where it was.
    """
    from sysid.command.console import Console  # these import torch
    from sysid.command.discovery import discover_aloud
    from sysid.command.result_table import print_summary
    from sysid.recipe import load_recipe
    from sysid.recipe_run import run as run_recipe

    registry = discover_aloud()
    loaded = load_recipe(recipe, profile=profile, settings=settings, registry=registry)
    if on_nan is not None and any(planned.training.on_nan != on_nan for planned in loaded.runs):
        settings += (f"training.on_nan={on_nan}",)
        loaded = load_recipe(recipe, profile=profile, settings=settings, registry=registry)
    with Console(quiet=quiet) as console:
        if loaded.changed_by_settings and not quiet:
            console.note(_tell_changed(loaded.changed_by_settings, len(loaded.runs)))
        result = run_recipe(
            loaded, folder=folder, only=only, stand_in=not no_stand_in, jobs=jobs, reporter=console
        )
    print_summary(result)


def _tell_changed(names: tuple[str, ...], of: int) -> str:
    """Say which runs `--set` changes."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"--set changes {len(names)} of {of} runs: {', '.join(names[:SHOWN])}{more}"
