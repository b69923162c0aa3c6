"""Analysis `curve`: a score against what the variants or datasets of a recipe vary."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

import attrs

from sysid import Analysis, Findings, Picture, RunFolder, key
from sysid_analyses.curves.curve_change import Change, find_change, group_lines, head_panel, state_change
from sysid_analyses.curves.curve_point import Measured, Number, Point, measure_points
from sysid_analyses.curves.curve_table import write_tables

STEM = "curve"


@attrs.frozen
class Curve(Analysis):
    """Draw the score of each variant against a number or a word that stands for what it varies.

    Choose it where a recipe varies one thing: the size of a kernel, the share of the training data, how the
    responses were averaged, what movie tests. Drawn is mean CC over cells with the host's hierarchical
    bootstrap over blocks of time and cells, of the mean prediction over seeds, and each seed alone beside
    it; or, with `analysis` and `number`, a headline number of an analysis of the runs. The first and the
    last point of every line are compared, on the same bins where they have the same.

    Intervals are of one line each, and nothing is adjusted for the number of lines; `comparison` tests pairs
    of variants and adjusts.
    """

    scope: ClassVar[Literal["run", "recipe"]] = "recipe"

    points: tuple[Point, ...] = key("what is drawn, a row for each point")
    x_label: str = key("what the axis shows, with its unit")
    y_label: str | None = key(
        "what is drawn; left out, mean CC over cells, or the name of the number", default=None
    )
    log_x: bool = key("draw x on a logarithmic axis", default=False)
    answers: str = key("which figure of which paper this answers, such as `Fig. S2, …`", default="")
    analysis: str | None = key(
        "name of an analysis of the runs, one of whose numbers is drawn in place of CC", default=None
    )
    number: str | None = key("which headline number of that analysis", default=None)

    @points.validator
    def _check_points(self, _attribute: attrs.Attribute, value: tuple[Point, ...]) -> None:
        kinds = {(point.x is not None, point.label is not None) for point in value}
        if kinds not in ({(True, False)}, {(False, True)}):
            raise ValueError("expected rows that all have x or all have label, got others")

    @log_x.validator
    def _check_log_x(self, _attribute: attrs.Attribute, value: bool) -> None:
        wrong = [point for point in self.points if point.x is None or point.x <= 0]
        if value and wrong:
            got = wrong[0].label if wrong[0].x is None else f"{wrong[0].x:g}"
            raise ValueError(f"log_x: expected an x above 0 in all points, got {got}")

    @number.validator
    def _check_number(self, _attribute: attrs.Attribute, value: str | None) -> None:
        if (value is None) != (self.analysis is None):
            got = " without ".join(("analysis", "number") if value is None else ("number", "analysis"))
            raise ValueError(f"number: expected both analysis and number or neither, got {got}")

    def analyze(self, runs: tuple[RunFolder, ...], folder: Path) -> Findings:
        """Write `curve.csv`, `changes.csv` and the figure, and say how the score changes along each line."""
        number = None if self.analysis is None else Number(self.analysis, self.number or "")
        measured, left_out = measure_points(self.points, runs, number)
        if not measured:
            return Findings(reason=f"none of the points can be drawn: {'; '.join(left_out)}")
        y_label = self.y_label or (self.number or "").replace("_", " ") or "mean CC over cells"
        lines = group_lines(measured)
        changes = [change for change in map(find_change, lines.values()) if change is not None]
        self._draw(folder, measured, y_label)
        by_panel: dict[str, list[Change]] = {}
        for change in changes:
            by_panel.setdefault(change.first.panel, []).append(change)
        statements = [state_change(change, self.x_label, y_label) for change in changes]
        statements += [f"Left out: {each}." for each in left_out]
        return Findings(
            numbers=_headline(changes),
            headlines=tuple(head_panel(each, self.x_label, y_label) for each in by_panel.values()),
            statements=tuple(statements),
            pictures=(Picture(STEM, self._caption(y_label), self.answers),),
            tables=write_tables(folder, measured, changes),
        )

    def _draw(self, folder: Path, measured: Sequence[Measured], y_label: str) -> None:
        from sysid_analyses.curves.curve_figure import draw_curves  # matplotlib is slow to import
        from sysid_analyses.figure import save_figure

        save_figure(draw_curves(measured, self.x_label, y_label, log_x=self.log_x), folder / STEM)

    def _caption(self, y_label: str) -> str:
        what = f"{y_label[:1].upper()}{y_label[1:]} against {self.x_label}"
        if self.analysis is not None:
            return f"{what}, averaged over runs; small dots, where there are several seeds, are seeds alone."
        return (
            f"{what}. Large markers: the mean prediction over seeds, with the 95 % interval over blocks of "
            "time and cells. Small dots, where there are several seeds: each seed alone."
        )


def _headline(changes: Sequence[Change]) -> dict[str, float | str]:
    """Return the numbers that a console has room for, by panel and series."""
    numbers: dict[str, float | str] = {}
    for change in changes:
        name = ".".join(part for part in (change.first.panel, change.first.point.series) if part)
        numbers |= {
            f"{name}.first": change.first.value.estimate,
            f"{name}.last": change.last.value.estimate,
            f"{name}.change": change.difference,
        }
    return numbers
