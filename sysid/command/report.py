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

    It needs the folders and nothing else: no recording, no plugin.
    """
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
    click.echo(shorten_path(write_page(found, score_rows(found), path, find_summaries(found))))
