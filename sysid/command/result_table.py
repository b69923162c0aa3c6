"""The table of results that ends `sysid run`."""

import math
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from sysid.command.line import print_line
from sysid.command.page import plain
from sysid.finding import Findings
from sysid.recipe_run import RunResult
from sysid.summary import Control, Row
from sysid.uncounted import uncounted_lines

SCORES = ("CC", "± SE", "seeds alone", "popCC", "CCmax", "CCnorm", "FEVE*", "bits/spike*", "published")
UNLIMITED = 10_000  # columns
TOLD = 12  # analyses whose statements are printed one by one, and neurons that are named


def print_summary(result: RunResult) -> None:
    """Print one line per variant and dataset, its sessions (if several) and controls below it."""
    rows = result.summary.rows
    print_whole(_make_table(rows))
    for line in (*_difference_lines(rows), *_note_lines(rows), *analysis_lines(result.analyses)):
        print_line(line)
    if any(row.simulated for row in rows):
        print_line(
            "SIMULATED: responses marked so were computed, not recorded; see the run folders' run.json"
        )
    print_line(f"written to {result.summary.folder}")
    print_line(f"report: {result.report}")


def _make_table(rows: tuple[Row, ...]) -> Table:
    """Return the scores; a control that is drawn often is one line below what it controls."""
    drawn = {control.dataset for row in rows for control in row.controls if control.draws > 1}
    table = Table(box=None, pad_edge=False)
    for name in ("variant", "dataset"):
        table.add_column(name, no_wrap=True)
    for name in SCORES:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        if row.dataset.rpartition("-")[0] in drawn:
            continue
        for each in (row, *row.sessions):
            table.add_row(*map(plain, cells_of(each)))
        for control in row.controls:
            if control.draws > 1:
                table.add_row(*map(plain, control_cells(row, control)))
    return table


def print_whole(table: Table) -> None:
    """Print all of a table: a narrow terminal wraps it, none crops it."""
    console = Console(highlight=False)
    whole = console.measure(table, options=console.options.update(max_width=UNLIMITED)).maximum
    Console(highlight=False, width=max(whole, console.width)).print(table)


def _difference_lines(rows: tuple[Row, ...]) -> Iterator[str]:
    """Compare every row with the first variant and with its controls."""
    for row in rows:
        if row.difference is not None:
            interval = row.difference.correlation
            difference = _difference(interval.estimate, interval.standard_error)
            yield f"{row.variant} on {row.dataset}: {difference} against {row.difference.variant}"
        for control in row.controls:
            p = "" if control.p is None else f", p = {control.p:.3f}"
            difference = _difference(control.difference, control.difference_se)
            yield f"{row.variant} on {row.dataset}: {difference} above {control.dataset}{p}"


def _difference(estimate: float, standard_error: float) -> str:
    """Return a difference with its sign and standard error, as far as they are defined."""
    if math.isnan(estimate):
        return "no score"
    return f"{estimate:+.3f} ± {_number(standard_error)}"


def _note_lines(rows: tuple[Row, ...]) -> Iterator[str]:
    """Say what the numbers are, and of which neurons."""
    yield "* median over cells; the others are means. ± SE: hierarchical bootstrap over time and cells"
    yield from session_lines(rows)
    for row in rows:
        if row.failed:
            yield (
                f"{row.variant} on {row.dataset}: {len(row.failed)} of {row.cells} neurons have a constant "
                "prediction in some run, which counts as 0"
            )
    yield from uncounted_lines(rows)
    yield from excluded_lines(rows)


def cells_of(row: Row) -> list[str]:
    """Return a row's cells as text."""
    seeds = " ".join(f"{value:.3f}" for value in row.seed_correlations) if row.seeds > 1 else ""
    numbers = [
        row.population_correlation,
        row.max_correlation,
        row.normalized_correlation,
        row.feve,
        row.bits_per_spike,
    ]
    return [
        row.variant,
        row.place + (" SIMULATED" if row.simulated else ""),
        _number(row.correlation.estimate),
        _number(row.correlation.standard_error),
        seeds,
        *map(_number, numbers),
        "; ".join(row.published),
    ]


def control_cells(row: Row, control: Control) -> list[str]:
    """Return the cells of a null distribution as text."""
    return [
        row.variant,
        f"{control.dataset} × {control.draws}",
        _number(control.mean),
        f"sd {_number(control.sd)}",
        *[""] * 7,
    ]


def analysis_lines(analyses: dict[str, Findings]) -> list[str]:
    """Return what analyses found: warnings and headlines, else statements, else numbers.

    Of an analysis of one run, whose title names it, the headlines are told, else the first sentence. Of many
    analyses only those over the recipe are, and what could not be done; warnings of single runs are counted.
    The report has all.
    """
    lines, left_out, warned = [], 0, []
    many = len(analyses) > TOLD
    for title, findings in analyses.items():
        if many and " " in title and findings.warnings:
            warned.append(title)
        else:
            lines += [f"{title}: {line}" for line in findings.warnings]
        if findings.reason:
            lines.append(f"{title}: {'failed' if findings.failed else 'not done'}: {findings.reason}")
        elif many and " " in title:
            left_out += 1
        elif findings.headlines or findings.statements:
            statements = findings.statements[:1] if " " in title else findings.statements
            lines += [f"{title}: {line}" for line in findings.headlines or statements]
        else:
            told = ", ".join(f"{key} {_number(value)}" for key, value in findings.numbers.items())
            lines.append(f"{title}: {told}")
    if warned:
        lines.insert(0, f"warnings of {len(warned)} analyses are in red in the report: {', '.join(warned)}")
    if left_out:
        lines.append(f"{left_out} analyses of single runs are in the report")
    return lines


def session_lines(rows: tuple[Row, ...]) -> list[str]:
    """Say of which sessions a dataset's scores are, once per dataset; nothing where it is one."""
    several = {row.dataset: row for row in rows if row.sessions}
    return [
        f"{name}: over the {row.cells} neurons of {len(row.sessions)} sessions; each session's own scores "
        "below it, as " + ", ".join(each.place for each in row.sessions)
        for name, row in several.items()
    ]


def excluded_lines(rows: tuple[Row, ...]) -> list[str]:
    """Name the neurons without a score and say why, once per dataset."""
    lines = []
    for name, row in {row.dataset: row for row in rows if row.excluded}.items():
        constant = [cell for cell in row.excluded if cell not in row.not_recorded]
        for why, cells in (
            ("have a constant response and no score", constant),
            ("were not recorded in the test part and have no score", row.not_recorded),
        ):
            if cells:
                more = f" and {len(cells) - TOLD} more, in neurons.csv" if len(cells) > TOLD else ""
                named = ", ".join(cells[:TOLD])
                lines.append(f"{name}: {len(cells)} of {row.cells} neurons {why}: {named}{more}")
    return lines


def _number(value: float | str | None) -> str:
    if isinstance(value, str):
        return value
    return "–" if value is None or math.isnan(value) else f"{value:.3f}"
