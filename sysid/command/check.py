"""`sysid check`: validate a recipe and say what each of its models is and costs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from sysid.byte_count import write_gib
from sysid.command.line import print_line
from sysid.command.option import profile_option, recipe_argument, set_option

if TYPE_CHECKING:
    from sysid.estimate import Memory
    from sysid.examination import Examined


@click.command()
@recipe_argument
@profile_option
@set_option
@click.option(
    "--no-timing",
    is_flag=True,
    help="Read data only where nothing else tells their sizes, and run no training steps to time an epoch.",
)
def check(recipe: str, profile: str | None, settings: tuple[str, ...], no_timing: bool) -> None:
    """Validate RECIPE and print every model: layers, output shapes, parameters, memory, time per epoch.

    Needs no data where the datasets know their sizes beforehand, but counts samples in those that are here,
    and finds there what would stop a run; nothing is written.
    """
    from sysid.command.discovery import discover_aloud
    from sysid.examination import examine
    from sysid.recipe import load_recipe

    loaded = load_recipe(recipe, profile=profile, settings=settings, registry=discover_aloud())
    print_line(f"{loaded.path}: {len(loaded.runs)} runs")
    told: dict[str, None] = {}
    for found in examine(loaded, timing=not no_timing):
        print_line()
        print_line(f"{found.variant} on {found.dataset}: {found.title}")
        for part in found.outline.parts:
            print_line(_row(part.part, part.output_shape, part.parameters))
            for layer in part.layers:
                name = f"    {layer.name} ({layer.kind})"
                print_line(_row(name, layer.output_shape, layer.parameters))
        print_line(_row("parameters", (), found.outline.parameters))
        for line in _cost_lines(found):
            print_line(f"  {line}")
        told |= dict.fromkeys(f"{found.dataset}: {line}" for line in _data_lines(found))
    if told:
        print_line()
    for line in told:
        print_line(line)


def _data_lines(found: "Examined") -> Iterator[str]:
    """Say that data are not here, or what may be a mistake in them."""
    if found.absence:
        yield f"its data are not here: {found.absence}"
    for line in found.warnings:
        yield f"warning: {line}"


def _cost_lines(found: "Examined") -> Iterator[str]:
    """Say what a model costs: memory, and time where it was measured."""
    estimate = found.estimate
    yield _memory_line(estimate.memory)
    if estimate.epoch is not None:
        epoch = estimate.epoch
        samples = f"{found.samples} samples" if found.exact else f"at most {found.samples} samples"
        yield f"time about {_time(epoch.seconds)} per epoch of {samples}"
        if found.exact:
            yield (
                f"  {epoch.steps} training steps {_time(epoch.training_s)}, validation "
                f"{_time(epoch.validation_s)}, batch norm statistics {_time(epoch.statistics_s)} "
                "(in the first 1000 steps)"
            )
    elif estimate.step is not None:
        yield f"time about {_time(estimate.step.step_s)} per training step"


def _memory_line(memory: "Memory") -> str:
    how = {"traced": "about", "rough": "roughly", "least": "at least"}[memory.basis]
    process = write_gib(memory.process_bytes)
    if memory.device_bytes is None:
        return f"memory {how} {process}"
    return f"memory {how} {write_gib(memory.device_bytes)} on the device, {process} beside it"


def _row(name: str, shape: tuple[int, ...], parameters: int) -> str:
    count = f"{parameters:,}" if parameters else ""
    return f"  {name:<40} {' × '.join(map(str, shape)):<20} {count:>12}"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
