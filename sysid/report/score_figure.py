"""Draw every score with its interval, one panel per dataset."""

import io
import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sysid.drawing import draw_figure
from sysid.report.verdict import is_control
from sysid.summary import Row

MODEL, CONTROL, CEILING = "#0072B2", "#D55E00", "0.6"  # Okabe and Ito (2008): told apart by everybody
DOTS_PER_INCH = 150
MOST_DOTS = 20_000  # in height: matplotlib draws 65,536, and a browser shows fewer
COLUMNS = 4  # of panels: more stand in further rows, as a page is not wider
ROW_IN = 0.28


def draw_scores(rows: tuple[Row, ...]) -> bytes:
    """Return a PNG: mean CC with its interval, seeds alone as dots, controls in red, CCmax as a line."""
    controls = {control.dataset for row in rows for control in row.controls}
    shown = [row for row in rows if not is_control(row.dataset, controls)]
    datasets = list(dict.fromkeys(row.dataset for row in shown))
    variants = list(dict.fromkeys(row.variant for row in shown))
    across = max(1, min(COLUMNS, len(datasets)))
    down = math.ceil(len(datasets) / across)
    height_in = down * (1.2 + ROW_IN * len(variants))
    figure = Figure(figsize=(1.8 + 3.2 * across, height_in), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False, sharey=True, sharex=True).ravel()
    for axes, dataset in zip(panels, datasets, strict=False):
        _draw_dataset(axes, dataset, [row for row in shown if row.dataset == dataset], variants)
    for axes in panels[len(datasets) :]:
        axes.set_visible(False)
    panels[0].set_yticks(range(len(variants)), variants, fontsize=9)
    panels[0].invert_yaxis()
    stream = io.BytesIO()
    draw_figure(figure, stream, format="png", dpi=min(DOTS_PER_INCH, MOST_DOTS / height_in))
    return stream.getvalue()


def _draw_dataset(axes: Axes, dataset: str, rows: list[Row], variants: list[str]) -> None:
    ceilings = [row.max_correlation for row in rows if np.isfinite(row.max_correlation)]
    if ceilings:
        axes.axvline(float(np.mean(ceilings)), color=CEILING, linestyle="--", linewidth=1)
    axes.axvline(0, color="0.85", linewidth=0.8)
    for row in rows:
        place = variants.index(row.variant)
        for control in row.controls:
            axes.errorbar(control.mean, place + 0.25, xerr=_finite(control.sd), fmt="x", color=CONTROL, ms=4)
        if row.seeds > 1:
            axes.plot(row.seed_correlations, [place] * row.seeds, ".", color="0.6", ms=4)
        low, high = row.correlation.low, row.correlation.high
        if np.isfinite([low, high]).all():
            axes.plot([low, high], [place, place], color=MODEL, linewidth=1.5)
        axes.plot(row.correlation.estimate, place, "o", color=MODEL, ms=5)
    axes.set_title(dataset + (" SIMULATED" if rows[0].simulated else ""), fontsize=9)
    axes.set_xlabel("mean CC over cells", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _finite(value: float) -> float:
    return value if np.isfinite(value) else 0.0
