"""`sysid report`: one page about any finished runs."""

from pathlib import Path

import click

from sysid.command.line import print_line


@click.command()
@click.argument("runs", metavar="RUNS...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The file; by default report.html in the folder named (of a recipe, in its summary), else here.",
)
@click.option(
    "--by",
    multiple=True,
    metavar="COLUMN",
    help="Print the scores of groups of neurons that share a word in COLUMN, and show them in the report: a "
    'property such as "area", or "ANALYSIS.COLUMN" of a table with one neuron a row. May be repeated.',
)
@click.option("--overwrite", is_flag=True, help="Replace FILE even where it is no report.")
def report(runs: tuple[Path, ...], out: Path | None, by: tuple[str, ...], overwrite: bool) -> None:
    """Write a report about RUNS, finished runs or folders with runs below them.

    It needs the folders and nothing else: no recording, no plugin. Where a package that the runs had parts
    of is not here any more, or older, a line says what it takes to predict or analyse with them again.
    """
    from sysid.command.group_page import print_groups
    from sysid.group_score import group_tables
    from sysid.part_check import check_installed
    from sysid.recipe_file import shorten_path
    from sysid.report.content import leave_out_controls
    from sysid.report.page import REPORT, check_place, write_page
    from sysid.run_search import find_runs, find_summaries, find_summary
    from sysid.summary import score_rows

    found = find_runs(runs)
    summary = find_summary(found)
    path = out or (Path(REPORT) if len(runs) > 1 else runs[0] / REPORT)
    if out is None and len(runs) == 1 and summary is not None and summary.parent == runs[0].resolve():
        path = summary / REPORT
    check_place(path, overwrite=overwrite)
    rows = score_rows(found)
    asked = group_tables(leave_out_controls(found, rows), by) if by else ()
    written = write_page(found, rows, path, find_summaries(found), by)
    print_groups(table for table in asked if table.column in by)
    for line in dict.fromkeys(line for run in found for line in check_installed(run.folder.information())):
        print_line(f"note: {line}; the report is made from the run folders alone", err=True)
    print_line(shorten_path(written))
