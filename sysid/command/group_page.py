"""The tables of groups of neurons that `sysid report --by` prints."""

from collections.abc import Iterable

from rich.table import Table

from sysid.cell_score import SCORES
from sysid.command.line import print_line
from sysid.command.page import plain
from sysid.command.result_table import print_whole
from sysid.group_score import SMALL, GroupLine, GroupTable, Spread

TITLES = ("CC", "CCnorm", "FEVE", "bits/spike")


def print_groups(tables: Iterable[GroupTable]) -> None:
    """Print every table, and below them what its numbers are; nothing where there are none."""
    listed = list(tables)
    for table in listed:
        print_whole(_make_table(table))
    if listed:
        print_line("median over cells (lower … upper quartile), groups in no way tested against one another")
    if any(line.measures[SCORES[0]].small for table in listed for line in table.lines):
        print_line(f"† fewer than {SMALL} cells: too few to say what the group is like")


def _make_table(table: GroupTable) -> Table:
    """Return the groups of one column, a line for each under each variant."""
    made = Table(box=None, pad_edge=False)
    for name in (table.column, "variant", "dataset"):
        made.add_column(plain(name), no_wrap=True)
    for name in ("cells", *TITLES):
        made.add_column(name, justify="right", no_wrap=True)
    for line in table.lines:
        made.add_row(*map(plain, _cells(line)))
    return made


def _cells(line: GroupLine) -> list[str]:
    """Return what stands in the columns for one group."""
    scores = [line.measures[name] for name in SCORES]
    return [
        line.group or "not known",
        line.variant,
        line.dataset + (" SIMULATED" if line.simulated else ""),
        f"{scores[0].cells}{'†' if scores[0].small else ''}",
        *map(_in_words, scores),
    ]


def _in_words(spread: Spread) -> str:
    if not spread.cells:
        return "–"
    return f"{spread.median:.3f} ({spread.lower_quartile:.3f} … {spread.upper_quartile:.3f})"
