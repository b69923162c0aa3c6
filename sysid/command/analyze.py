"""`sysid analyze`: look at finished runs."""

from pathlib import Path

import click

from sysid.command.line import print_line


@click.command()
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="Set a key of the analyses named; repeatable.",
)
@click.option("--again", is_flag=True, help="Carry out also what is there already.")
def analyze(run: Path, names: tuple[str, ...], settings: tuple[str, ...], again: bool) -> None:
    """Carry out analyses on RUN, a finished run or a folder with runs below it.

    NAME is an analysis of the recipe, or a component from `sysid list analysis`; without any, all that the
    recipe asked for. Results go to analyses/NAME/ of the run, or of the recipe's summary. A report that is
    there is made anew.

    An analysis that says why it finds nothing has a result. One that breaks off, as where the recording is
    not here, takes no other with it, and the exit code is 2 at the end.
    """
    from sysid.analysis_request import analyze as analyze_runs  # these import torch
    from sysid.command.console import Console
    from sysid.command.discovery import discover_aloud
    from sysid.command.result_table import analysis_lines
    from sysid.errors import SysidErrors
    from sysid.recipe_file import shorten_path
    from sysid.report.page import REPORT, write_report
    from sysid.run_search import find_runs, find_summary
    from sysid.summary import score_rows

    registry = discover_aloud()
    with Console() as console:
        findings = analyze_runs(
            run, names, settings=settings, again=again, registry=registry, reporter=console
        )
    failed = {title: each for title, each in findings.items() if each.failed}
    for line in analysis_lines({title: each for title, each in findings.items() if title not in failed}):
        print_line(line)
    summary = find_summary(find_runs([run]))
    if summary is not None and (summary / REPORT).exists():
        runs = find_runs([summary.parent])
        print_line(f"report: {shorten_path(write_report(runs, score_rows(runs), summary))}")
    if failed:
        raise SysidErrors(analysis_lines(failed))
