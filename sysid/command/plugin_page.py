"""Print plugins and what checks of them came to: wrapped to a terminal, one line each where there is none."""

from rich.text import Text

from sysid.command.page import make_console, plain, print_indented
from sysid.plugin import Plugin
from sysid.plugin_check import CheckResult
from sysid.registry import Registry

GAP = "  "
INDENT = 4
STYLES = {
    "ok": "green",
    "slow": "yellow",
    "BROKEN": "bold red",
    "failed": "bold red",
    "not checked": "yellow",
}
NAME_WIDTH = 32  # of a component's name in a list of checks; a longer one moves its line on


def print_plugins(registry: Registry) -> None:
    """Print every plugin: its name, package, version, status, and what it offers or why it is broken."""
    rows = [_describe(plugin, registry) for plugin in registry.plugins]
    rows += [
        (each.plugin, f"{each.package} {each.version}", "BROKEN", each.reason, ()) for each in registry.broken
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    page = Page()
    for plugin, package, status, told, notes in rows:
        cells = [plugin.ljust(widths[0]), package.ljust(widths[1]), status.ljust(widths[2])]
        page.print_row(cells, status, told)
        for note in notes:
            page.print_below(note)


def print_result(result: CheckResult) -> None:
    """Print what the checks of one component came to."""
    outcome = result.outcome.ljust(len("not checked")) if result.says else result.outcome
    Page().print_row([result.name.ljust(NAME_WIDTH), outcome], result.outcome, result.says)


def _describe(plugin: Plugin, registry: Registry) -> tuple[str, str, str, str, tuple[str, ...]]:
    """Return the columns of a plugin that works, and what to know of it."""
    notes = [
        f'{each.kind}:{plugin.plugin}:{each.name}: in a recipe, "{each.name}" alone is still that of sysid'
        for each in registry.shadowed(plugin)
    ]
    if plugin.slow:
        notes.append(f"slow: its import took {plugin.import_s:.1f} s, which every command waits for")
    status = "slow" if plugin.slow else "ok"
    return plugin.plugin, f"{plugin.package} {plugin.version}", status, ", ".join(plugin.offers), tuple(notes)


class Page:
    """Print rows whose last column is long."""

    def __init__(self) -> None:
        self.console = make_console()

    def print_row(self, cells: list[str], status: str, told: str) -> None:
        """Print a row; on a terminal its last column goes below the others where it does not fit."""
        line = Text(GAP).join(self._paint(cell, status) for cell in cells)
        if not self.console.is_terminal:
            self.console.print(plain(f"{line.plain}{GAP}{told}".rstrip()), soft_wrap=True)
        elif len(line) + len(GAP) + len(told) <= self.console.width:
            self.console.print(line.append(plain(f"{GAP}{told}")))
        else:
            line.rstrip()
            self.console.print(line)
            self.print_below(told)

    def print_below(self, told: str) -> None:
        """Print what belongs to the row above, indented."""
        print_indented(self.console, plain(told), INDENT)

    @staticmethod
    def _paint(cell: str, status: str) -> Text:
        return plain(cell, STYLES.get(status, "") if cell.strip() == status else "")
