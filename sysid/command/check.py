"""`sysid check`: validate a recipe and say what each of its models is and costs."""

import click

from sysid.command.option import profile_option, recipe_argument, set_option


@click.command()
@recipe_argument
@profile_option
@set_option
@click.option("--no-timing", is_flag=True, help="Do not run the few training steps that time an epoch.")
def check(recipe: str, profile: str | None, settings: tuple[str, ...], no_timing: bool) -> None:
    """Validate RECIPE and print every model: layers, output shapes, parameters, memory, time per epoch.

    Needs no data where the datasets know their sizes beforehand; nothing is written.
    """
    from sysid.command.discovery import discover_aloud
    from sysid.examination import examine
    from sysid.recipe import load_recipe

    loaded = load_recipe(recipe, profile=profile, settings=settings, registry=discover_aloud())
    click.echo(f"{loaded.path}: {len(loaded.runs)} runs")
    for found in examine(loaded, timing=not no_timing):
        click.echo(f"\n{found.variant} on {found.dataset}: {found.title}")
        if found.outline is None or found.estimate is None:
            continue
        for part in found.outline.parts:
            click.echo(_row(part.part, part.output_shape, part.parameters))
            for layer in part.layers:
                name = f"    {layer.name} ({layer.kind})"
                click.echo(_row(name, layer.output_shape, layer.parameters))
        click.echo(_row("parameters", (), found.outline.parameters))
        click.echo(f"  memory about {found.estimate.memory_bytes / 2**30:.1f} GiB")
        if found.seconds_per_epoch is not None:
            click.echo(
                f"  time about {_time(found.seconds_per_epoch)} per epoch of at most {found.bins} samples"
            )
        elif found.estimate.seconds_per_sample is not None:
            click.echo(f"  time about {_time(found.estimate.seconds_per_sample * 1000)} per 1000 samples")


def _row(name: str, shape: tuple[int, ...], parameters: int) -> str:
    count = f"{parameters:,}" if parameters else ""
    return f"  {name:<40} {' × '.join(map(str, shape)):<20} {count:>12}"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
