"""`sysid report`: one page about any finished runs."""

from pathlib import Path

import click


@click.command()
@click.argument("runs", metavar="RUNS...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The file; by default report.html in the folder named (of a recipe, in its summary), else here.",
)
@click.option("--overwrite", is_flag=True, help="Replace FILE even where it is no report.")
def report(runs: tuple[Path, ...], out: Path | None, overwrite: bool) -> None:
    """Write a report about RUNS, finished runs or folders with runs below them.

    It needs the folders and nothing else: no recording, no plugin. Where a package that the runs had parts
    of is not here any more, or older, a line says what it takes to predict or analyse with them again.
    """
    from sysid.part_check import check_installed
    from sysid.recipe_file import shorten_path
    from sysid.report.page import REPORT, check_place, write_page
    from sysid.run_search import find_runs, find_summaries, find_summary
    from sysid.summary import score_rows

    found = find_runs(runs)
    summary = find_summary(found)
    path = out or (Path(REPORT) if len(runs) > 1 else runs[0] / REPORT)
    if out is None and len(runs) == 1 and summary is not None and summary.parent == runs[0].resolve():
        path = summary / REPORT
    check_place(path, overwrite=overwrite)
    written = write_page(found, score_rows(found), path, find_summaries(found))
    for line in dict.fromkeys(line for run in found for line in check_installed(run.folder.information())):
        click.echo(f"note: {line}; the report is made from the run folders alone", err=True)
    click.echo(shorten_path(written))
