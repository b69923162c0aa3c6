"""`sysid list` and `sysid show`: which components are installed, and what each can be told."""

import inspect

import click

from sysid.command.line import print_line

KINDS = ("dataset", "encoder", "core", "readout", "analysis")


@click.command("list")
@click.argument("kind", required=False, metavar="[KIND]")
def list_components(kind: str | None) -> None:
    """List components; KIND is one of dataset, encoder, core, readout, analysis."""
    from sysid.command.discovery import discover_aloud
    from sysid.errors import SysidError, did_you_mean

    plurals = {"analyses": "analysis"} | {f"{each}s": each for each in KINDS}
    if kind is not None and kind not in (*KINDS, *plurals):
        raise SysidError(
            f'sysid list: expected one of {", ".join(KINDS)}, got "{kind}"{did_you_mean(kind, KINDS)}'
        )
    wanted = KINDS if kind is None else (plurals.get(kind, kind),)
    registry = discover_aloud()
    lines = {
        f"{each}:{component.name}": first_line(component.config_class)
        for each in wanted
        for component in registry.components(each)
    }
    width = max(map(len, lines), default=0) + 2
    for name, line in lines.items():
        print_line(name.ljust(width) + line)


@click.command()
@click.argument("component", metavar="KIND:NAME")
def show(component: str) -> None:
    """Show one component, KIND:NAME: whose idea it is, its keys, their types, units, ranges and defaults."""
    from sysid.command.discovery import discover_aloud
    from sysid.errors import SysidError, did_you_mean
    from sysid.schema import document

    kind, _, name = component.partition(":")
    if kind not in KINDS or not name:
        near = "" if kind in KINDS else did_you_mean(component, [f"{each}:{name}" for each in KINDS])
        raise SysidError(f'sysid show: expected KIND:NAME such as core:lstm, got "{component}"{near}')
    found = discover_aloud().find(kind, name)
    print_line(f"{kind}:{found.name}  ({found.package} {found.version})")
    print_line()
    for line in (inspect.getdoc(found.config_class) or "").splitlines():
        print_line(line)
    if kind == "analysis":
        print_line()
        print_line(f"Scope: {found.config_class.scope}")
    fields = document(found.config_class)
    if fields:
        print_line()
        print_line("Keys:")
    for field in fields:
        unit = f" {field.unit}" if field.unit else ""
        limits = f", {field.range}" if field.range else ""
        default = "required" if field.required else f"default {field.default}"
        print_line(f"  {field.name}: {field.type}{unit}{limits}; {default}")
        print_line(f"      {field.doc}")


def first_line(thing: object) -> str:
    """Return the first line of a docstring."""
    return (inspect.getdoc(thing) or "").split("\n", 1)[0]
