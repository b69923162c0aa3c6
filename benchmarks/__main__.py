"""`python -m benchmarks`: measure all parts, or those named, and print the results."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import click
import torch

from benchmarks.machine import Machine, describe_machine
from benchmarks.measurement import time_contenders, time_growth
from benchmarks.memory import peak_in_new_process
from benchmarks.part import PARTS, find_part, sizes_of
from benchmarks.table import comparison_lines, growth_lines, machine_lines
from sysid.memory_reuse import keep_freed_memory
from sysid.thread import limit_threads

RESULTS = Path(__file__).with_name("RESULTS.md")


@attrs.frozen
class Settings:
    """How to measure: sizes, repeats, threads, and whether memory is measured as well."""

    quick: bool
    repeats: int
    threads: int
    memory: bool


@click.command()
@click.argument("parts", nargs=-1, metavar="[PART]...", type=click.Choice(PARTS))
@click.option("--quick", is_flag=True, help="Tiny sizes: shows that the parts work, and nothing else.")
@click.option("--repeats", type=click.IntRange(min=1), help="Measurements of each contender; 5, or 2 quick.")
@click.option("--threads", type=click.IntRange(min=1), help="Of the processor; as many as torch takes.")
@click.option("--no-memory", is_flag=True, help="Start no fresh processes to measure memory.")
@click.option("--write", is_flag=True, help=f"Leave the results in {RESULTS.parent.name}/{RESULTS.name}.")
def main(
    parts: tuple[str, ...],
    quick: bool,
    repeats: int | None,
    threads: int | None,
    no_memory: bool,
    write: bool,
) -> None:
    """Measure PARTs (all, if none is named) beside what a user would pick instead."""
    if quick and write:
        raise click.UsageError("--write: tiny sizes are no results; leave --quick out")
    settings = Settings(
        quick, repeats or (2 if quick else 5), threads or torch.get_num_threads(), not no_memory
    )
    command = shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])
    written = []
    with keep_freed_memory(), limit_threads(settings.threads):  # as a training does
        for line in report(parts or PARTS, settings, command):
            click.echo(line)
            written.append(line)
    if write:
        RESULTS.write_text("\n".join(written) + "\n", encoding="utf-8")


def report(parts: tuple[str, ...], settings: Settings, command: str) -> Iterator[str]:
    """Yield the lines of all results as they come."""
    machine = describe_machine(quick=settings.quick)
    yield from machine_lines(machine, command)
    for name in parts:
        yield from ["", f"## {name.replace('_', ' ').capitalize()}"]
        yield from compare(name, settings, machine)
        yield from grow(name, settings)


def compare(name: str, settings: Settings, machine: Machine) -> Iterator[str]:
    """Yield the comparisons of one part."""
    part = find_part(name)
    for number, comparison in enumerate(part.comparisons(sizes_of(part, quick=settings.quick))):
        peaks = {
            contender: peak_in_new_process(
                name, "comparison", number, contender, quick=settings.quick, threads=settings.threads
            )
            for contender in (comparison.contenders if settings.memory else ())
        }
        timings = time_contenders(comparison, settings.repeats)
        yield from comparison_lines(comparison, timings, peaks, machine)


def grow(name: str, settings: Settings) -> Iterator[str]:
    """Yield how one part's times and memory grow."""
    part = find_part(name)
    for number, growth in enumerate(part.growths(sizes_of(part, quick=settings.quick))):
        peaks = [
            peak_in_new_process(
                name, "growth", number, str(value), quick=settings.quick, threads=settings.threads
            )
            if settings.memory
            else None
            for value in growth.values
        ]
        yield from growth_lines(growth, time_growth(growth, settings.repeats), peaks)


if __name__ == "__main__":
    main()
