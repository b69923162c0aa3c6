"""Draw scores against what was varied: a panel for each dataset, a line for each series."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from sysid_analyses.curves.curve_change import group_lines
from sysid_analyses.curves.curve_point import Measured
from sysid_analyses.figure import CYCLE, SMALL_PT, make_figure, tidy

MARKERS = "osD^vP*X"
COLUMNS = 3
APART = 0.03  # between lines at the same x, in widths of the axis, so that intervals do not cover each other
WRAP = 16  # characters of a label in a line


def draw_curves(measured: Sequence[Measured], x_label: str, y_label: str, *, log_x: bool = False) -> Figure:
    """Draw every point with its 95 % interval, single seeds as small dots, and lines between points.

    Where points have an x, it is the axis, and lines are drawn side by side by a small shift; else labels
    stand at 0, 1, 2 … in their order.
    """
    lines = group_lines(measured)
    panels = list(dict.fromkeys(panel for panel, _ in lines))
    all_series = list(dict.fromkeys(series for _, series in lines))
    labels = list(dict.fromkeys(each.point.label for each in measured if each.point.label is not None))
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure = make_figure(max(3.6, 0.6 + 2.9 * columns), 0.5 + 2.6 * rows)
    axes = figure.subplots(rows, columns, squeeze=False, sharey=True)
    positions = _positions(measured, labels, log_x=log_x)
    for place, panel in zip(axes.ravel(), panels, strict=False):
        for number, series in enumerate(all_series):
            shift = (number - (len(all_series) - 1) / 2) * APART
            _draw_line(place, lines.get((panel, series), []), positions, shift, number, log_x=log_x)
        _set_axis(place, measured, labels, positions, log_x=log_x)
        simulated = any(each.simulated for each in measured if each.panel == panel)
        tidy(place, x_label, title=f"{panel} (SIMULATED)" if simulated else panel)
    for row in axes:
        tidy(row[0], y=y_label)
    for place in axes.ravel()[len(panels) :]:
        place.set_axis_off()
    if len(all_series) > 1:
        _add_legend(figure, axes.ravel().tolist())
    return figure


def _positions(
    measured: Sequence[Measured], labels: Sequence[str | None], *, log_x: bool
) -> dict[Measured, float]:
    """Return where each point stands on the axis; with a logarithmic one, the logarithm."""
    positions = {}
    for each in measured:
        x = each.point.x
        at = float(labels.index(each.point.label)) if x is None else x
        positions[each] = float(np.log10(at)) if log_x else at
    return positions


def _draw_line(
    axes: Axes,
    line: Sequence[Measured],
    positions: dict[Measured, float],
    shift: float,
    number: int,
    *,
    log_x: bool,
) -> None:
    """Draw one series in one panel."""
    if not line:
        return
    span = max(positions.values()) - min(positions.values()) or 1.0
    at = np.array([positions[each] for each in line]) + shift * span
    at = 10**at if log_x else at
    colour = CYCLE[number % len(CYCLE)]
    for x, each in zip(at, line, strict=True):
        axes.plot([x, x], [each.value.low, each.value.high], color=colour, linewidth=1.2)
        if len(each.by_seed) > 1:
            seeds = list(each.by_seed.values())
            axes.plot(np.full(len(seeds), x), seeds, "o", color=colour, markersize=2.5, alpha=0.5)
    means = [each.value.estimate for each in line]
    label = line[0].point.series or None
    marker = MARKERS[number % len(MARKERS)]
    axes.plot(at, means, f"{marker}-", color=colour, markersize=5, linewidth=1.2, label=label)


def _set_axis(
    axes: Axes,
    measured: Sequence[Measured],
    labels: Sequence[str | None],
    positions: dict[Measured, float],
    *,
    log_x: bool,
) -> None:
    """Put ticks where points are, and a line at 0 where the axis comes near it."""
    axes.axhline(0, color="0.85", linewidth=0.8, zorder=0)
    low, high = min(positions.values()), max(positions.values())
    margin = (0.35 if labels else 0.15) * (high - low) or 0.5
    if log_x:
        axes.set_xscale("log")
        axes.set_xlim(10 ** (low - margin), 10 ** (high + margin))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.set_xlim(low - margin, high + margin)
    if labels:
        axes.set_xticks(range(len(labels)), [_wrap(label or "") for label in labels], fontsize=SMALL_PT)
    else:
        values = sorted({each.point.x for each in measured if each.point.x is not None})
        axes.set_xticks(values, [f"{value:g}" for value in values])


def _wrap(label: str) -> str:
    """Break a label into lines at its spaces."""
    lines = [""]
    for word in label.split():
        if lines[-1] and len(lines[-1]) + len(word) >= WRAP:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def _add_legend(figure: Figure, panels: Sequence[Axes]) -> None:
    handles = {}
    for axes in panels:
        found, names = axes.get_legend_handles_labels()
        handles |= dict(zip(names, found, strict=True))
    figure.legend(
        handles.values(),
        handles.keys(),
        loc="outside lower center",
        ncols=min(len(handles), 4),
        fontsize=SMALL_PT,
        frameon=False,
    )
