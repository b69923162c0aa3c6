"""Write a report as one HTML file: no network, no script."""

import math
from collections.abc import Iterable
from pathlib import Path

import jinja2

from sysid.atomic import write_text
from sysid.errors import SysidError
from sysid.finished_run import FinishedRun
from sysid.report.content import gather
from sysid.summary import Row

REPORT = "report.html"
HERE = Path(__file__).parent


def write_report(runs: Iterable[FinishedRun], rows: tuple[Row, ...], folder: Path) -> Path:
    """Write `report.html` into the summary folder of a recipe, with the analyses that lie there.

    Raises:
        SysidError: a run folder cannot be read, or `folder` cannot be written.
    """
    return write_page(runs, rows, folder / REPORT, folder)


def write_page(runs: Iterable[FinishedRun], rows: tuple[Row, ...], path: Path, summary: Path | None) -> Path:
    """Write a report of some runs to `path`; `summary` is where analyses over their recipe lie.

    Raises:
        SysidError: a run folder cannot be read, there are no runs, or `path` cannot be written.
    """
    listed = list(runs)
    if not listed:
        raise SysidError(f"{path}: expected at least one finished run to report, got none")
    content = gather(listed, rows, summary)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = write_number
    environment.filters["seconds"] = write_seconds
    style = (HERE / "style.css").read_text(encoding="utf-8")
    write_text(path, environment.get_template("page.html").render(content=content, style=style))
    return path


def write_number(value: float | str | None, digits: int = 3) -> str:
    """Return a number to so many digits after the point, a dash where it is not defined, text as it is."""
    if isinstance(value, str):
        return value
    if value is None or not math.isfinite(value):
        return "–"
    if float(value).is_integer() and abs(value) >= 1:
        return f"{value:,.0f}"
    return f"{value:.{digits}f}" if 1e-3 <= abs(value) < 1e4 or value == 0 else f"{value:.2g}"


def write_seconds(value: float) -> str:
    """Return a duration with its unit."""
    if not math.isfinite(value):
        return "–"
    if value < 90:
        return f"{value:.1f} s"
    return f"{value / 60:.1f} min" if value < 5400 else f"{value / 3600:.1f} h"
