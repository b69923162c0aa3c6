"""Write a report as one HTML file: no network, no script."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import jinja2

from sysid.atomic import write_text
from sysid.errors import SysidError
from sysid.finished_run import FinishedRun
from sysid.group_score import SMALL, GroupTable, group_csv
from sysid.report.content import gather
from sysid.summary import Row

REPORT = "report.html"
GROUPS = "groups.csv"  # beside it in the summary folder of a recipe
GENERATOR = '<meta name="generator" content="sysid">'
HERE = Path(__file__).parent


def write_report(runs: Iterable[FinishedRun], rows: tuple[Row, ...], folder: Path) -> Path:
    """Write `report.html` into the summary folder of a recipe, with the analyses that lie there.

    Raises:
        SysidError: a run folder cannot be read, or `folder` cannot be written.
    """
    return write_page(runs, rows, folder / REPORT, [folder])


def write_page(
    runs: Iterable[FinishedRun],
    rows: tuple[Row, ...],
    path: Path,
    summaries: Iterable[Path] = (),
    by: Sequence[str] = (),
) -> Path:
    """Write a report of some runs to `path`, and into a recipe's summary folder `groups.csv` as well.

    Args:
        runs: what it is about.
        rows: their scores.
        path: of the page.
        summaries: where analyses over their recipes lie.
        by: columns by which neurons are put into groups, beside those that are anyway.

    Raises:
        SysidError: a run folder cannot be read, there are no runs, or `path` cannot be written; or no run
            has a column in `by`.
    """
    listed, summaries = list(runs), list(summaries)
    if not listed:
        raise SysidError(f"{path}: expected at least one finished run to report, got none")
    content = gather(listed, rows, summaries, by)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = write_number
    style = (HERE / "style.css").read_text(encoding="utf-8")
    write_text(path, environment.get_template("page.html").render(content=content, style=style, small=SMALL))
    if path.parent.resolve() in (summary.resolve() for summary in summaries):
        write_groups(path.parent / GROUPS, content.by_group)
    return path


def write_groups(path: Path, tables: Sequence[GroupTable]) -> None:
    """Write the scores of groups as CSV, or remove those of earlier runs where there are no groups now."""
    if tables:
        write_text(path, group_csv(tables))
    else:
        path.unlink(missing_ok=True)


def check_place(path: Path, *, overwrite: bool) -> None:
    """Refuse to write a report over something else, or under a name that no browser opens.

    Raises:
        SysidError: `path` is a folder, has another ending than .html, or is a file that is no report.
    """
    if path.is_dir():
        raise SysidError(f"--out {path}: expected a file, got a folder")
    if path.suffix.lower() not in (".html", ".htm"):
        raise SysidError(f"--out {path}: expected a name that ends in .html")
    if path.exists() and not overwrite and GENERATOR not in path.read_text("utf-8", errors="replace")[:4096]:
        raise SysidError(f"--out {path}: is there and no report of sysid; --overwrite replaces it")


def write_number(value: float | str | None, digits: int = 3) -> str:
    """Return a number to so many digits after the point, a dash where it is not defined, text as it is."""
    if isinstance(value, str):
        return value
    if value is None or not math.isfinite(value):
        return "–"
    if abs(value) >= 1e4 or (float(value).is_integer() and abs(value) >= 1):
        return f"{value:,.0f}".replace("-", "−")
    text = f"{value:.{digits}f}"
    return (text.lstrip("-") if not text.strip("-0.") else text).replace("-", "−")
