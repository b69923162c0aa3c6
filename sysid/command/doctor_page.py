"""Print what a look at the installation found: wrapped to a terminal, one line each where there is none."""

import json
from collections.abc import Iterable

import attrs
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sysid.command.page import make_console, plain
from sysid.doctor.examination import Area
from sysid.doctor.remark import Remark

STYLES = {"ok": "green", "note": "yellow", "problem": "bold red"}
LEVEL_WIDTH = len("problem")
REMEDY = "→ "


def print_area(area: Area) -> None:
    """Print the remarks on one area below its title."""
    console = make_console()
    console.print(plain(area.title, "bold"))
    for remark in area.remarks:
        _print_remark(console, remark)
    console.print()


def print_total(areas: Iterable[Area]) -> None:
    """Print how many problems and notes there are."""
    levels = [remark.level for area in areas for remark in area.remarks]
    problems, notes = (levels.count(level) for level in ("problem", "note"))
    style = STYLES["problem" if problems else "note" if notes else "ok"]
    make_console().print(Text(f"{_count(problems, 'problem')}, {_count(notes, 'note')}", style=style))


def print_json(areas: Iterable[Area]) -> None:
    """Print areas as JSON: title → list of remarks, each with level, says and remedy."""
    content = {area.title.lower(): [attrs.asdict(remark) for remark in area.remarks] for area in areas}
    print(json.dumps(content, indent=2, ensure_ascii=False))


def _print_remark(console: Console, remark: Remark) -> None:
    level = Text(remark.level, style=STYLES[remark.level])
    lines = [remark.says, *([REMEDY + remark.remedy] if remark.remedy else [])]
    if not console.is_terminal:
        for number, line in enumerate(lines):
            cell = "" if number else remark.level
            console.print(plain(f"  {cell.ljust(LEVEL_WIDTH)}  {line}"), soft_wrap=True)
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(width=0)
    table.add_column(width=LEVEL_WIDTH, no_wrap=True)
    table.add_column(overflow="fold")
    for number, line in enumerate(lines):
        table.add_row("", "" if number else level, plain(line))
    console.print(table)


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
