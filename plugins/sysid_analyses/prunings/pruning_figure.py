"""Draw performance against the number of kernels kept."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sysid_analyses.figure import BLACK, BLUE, NULL, ORANGE, PURPLE, SMALL_PT, make_figure, tidy
from sysid_analyses.prunings.pruning_order import NAMES
from sysid_analyses.prunings.pruning_score import Curve, Score
from sysid_analyses.wording import counted

STYLES = {"autocorrelation": (BLUE, "o"), "regularity": (ORANGE, "s"), "l1_norm": (PURPLE, "D")}
SHIFT = 0.006  # of all kernels: bars of several orders stand side by side


def draw_curves(curves: Sequence[Curve], full: Score, kernels: int) -> Figure:
    """Draw mean CC, and population CC where there is one, along every order.

    Args:
        curves: one for each ranking, and several for random orders.
        full: of the whole model, a horizontal line.
        kernels: how many that has.
    """
    panels = {"correlation": "mean CC over cells"}
    if np.isfinite(full.population_correlation):
        panels["population_correlation"] = "population CC"
    figure = make_figure(2.0 + 3.4 * len(panels), 3.4)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for panel, (score, name) in zip(axes, panels.items(), strict=True):
        whole = f"all {kernels} kernels" if kernels != 1 else "the kernel"
        panel.axhline(getattr(full, score), color=BLACK, linestyle=":", linewidth=1, label=whole)
        _draw_random(panel, [curve for curve in curves if curve.order == "random"], score)
        ranked = [curve for curve in curves if curve.order != "random"]
        for number, curve in enumerate(ranked):
            _draw_ranked(panel, curve, score, (number - (len(ranked) - 1) / 2) * SHIFT * kernels)
        panel.set_xlim(left=0)
        tidy(panel, "kernels kept", name)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=SMALL_PT, frameon=False, loc="outside right upper")
    return figure


def _draw_random(axes: Axes, curves: Sequence[Curve], score: str) -> None:
    """Draw the range of the random orders as a band, and their mean."""
    if not curves:
        return
    heights = np.array([[getattr(each, score) for each in curve.scores] for curve in curves])
    counts = curves[0].counts
    axes.fill_between(counts, heights.min(axis=0), heights.max(axis=0), color=NULL, alpha=0.2, linewidth=0)
    label = f"random ({counted(len(curves), 'draw')})"
    axes.plot(counts, heights.mean(axis=0), color=NULL, linestyle="--", linewidth=1.2, label=label)


def _draw_ranked(axes: Axes, curve: Curve, score: str, shift: float) -> None:
    colour, marker = STYLES[curve.order]
    counts = np.array(curve.counts) + shift
    heights = [getattr(each, score) for each in curve.scores]
    if score == "correlation":
        low, high = ([getattr(each, end) for each in curve.scores] for end in ("low", "high"))
        axes.vlines(counts, low, high, color=colour, linewidth=0.8, alpha=0.6)
    axes.plot(
        counts, heights, color=colour, marker=marker, markersize=3.5, linewidth=1.3, label=NAMES[curve.order]
    )
