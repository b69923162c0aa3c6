"""Draw models against one another: CC cell by cell, and means with their intervals."""

from collections.abc import Sequence

import attrs
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sysid_analyses.comparisons.model_summary import ModelSummary
from sysid_analyses.figure import BLUE, FONT_PT, ORANGE, SMALL_PT, make_figure, tidy

COLUMNS = 5  # panels side by side, at the most
PANEL_IN = 1.8
MEANS_COLUMNS = 3


@attrs.frozen(eq=False)
class ScatterPanel:
    """Hold one panel of paired CCs, (neuron,) each; NaN for cells that cannot be scored.

    Attributes:
        across, up: names of the models on the two axes.
        x, y: their CCs, the same cells in the same order.
        note: a line or two above the panel.
    """

    across: str
    up: str
    x: Float[np.ndarray, " neuron"]
    y: Float[np.ndarray, " neuron"]
    note: str


def draw_scatter(panels: Sequence[ScatterPanel], title: str) -> Figure:
    """Draw CC of every cell as a dot, and the line on which both models are equal; one scale throughout."""
    rows = -(-len(panels) // COLUMNS)
    columns = -(-len(panels) // rows)
    figure = make_figure(max(3.4, 0.3 + PANEL_IN * columns), 0.3 + (PANEL_IN + 0.3) * rows)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    values = np.concatenate([each for panel in panels for each in (panel.x, panel.y)])
    values = values[np.isfinite(values)]
    low, high = min(0.0, values.min()), values.max()
    margin = 0.05 * (high - low or 1.0)
    limits = (low - margin, high + margin)
    for place, panel in zip(axes, panels, strict=False):
        _draw_panel(place, panel, limits)
    for place in axes[len(panels) :]:
        place.set_axis_off()
    figure.suptitle(f"{title}: CC of each cell with two models", fontsize=FONT_PT)
    return figure


def _draw_panel(axes: Axes, panel: ScatterPanel, limits: tuple[float, float]) -> None:
    axes.plot(limits, limits, color="0.6", linewidth=0.8)
    for line in (axes.axhline, axes.axvline):
        line(0, color="0.85", linewidth=0.8)
    axes.plot(panel.x, panel.y, "o", color=BLUE, markersize=3.5, alpha=0.7, markeredgewidth=0)
    axes.set(xlim=limits, ylim=limits, aspect="equal")
    axes.locator_params(nbins=4)
    tidy(axes)
    axes.set_xlabel(panel.across, fontsize=SMALL_PT)
    axes.set_ylabel(panel.up, fontsize=SMALL_PT)
    axes.set_title(panel.note, fontsize=SMALL_PT)


def draw_means(datasets: dict[str, Sequence[ModelSummary]]) -> Figure:
    """Draw the mean CC of every model with its 95 % interval, and the paper's figures as open markers.

    Args:
        datasets: title of a panel → its models, in the recipe's order.
    """
    variants = list(dict.fromkeys(model.variant for models in datasets.values() for model in models))
    columns = min(MEANS_COLUMNS, len(datasets))
    rows = -(-len(datasets) // columns)
    height = 1.1 + 0.24 * len(variants)
    figure = make_figure(1.6 + 2.5 * columns, 0.35 + height * rows)
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for place, (title, models) in zip(axes.ravel(), datasets.items(), strict=False):
        _draw_models(place, models, variants)
        tidy(place, "mean CC over cells", title=title)
    for place in axes.ravel()[len(datasets) :]:
        place.set_axis_off()
    axes[0, 0].set_ylim(len(variants) - 0.4, -0.6)  # the recipe's first variant on top
    for row in axes:
        row[0].set_yticks(range(len(variants)), variants)
    handles = {label: handle for place in axes.ravel() for handle, label in _legend(place)}
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", fontsize=SMALL_PT, frameon=False
    )
    return figure


def _legend(axes: Axes) -> list[tuple[object, str]]:
    handles, labels = axes.get_legend_handles_labels()
    return list(zip(handles, labels, strict=True))


def _draw_models(axes: Axes, models: Sequence[ModelSummary], variants: Sequence[str]) -> None:
    axes.axvline(0, color="0.85", linewidth=0.8)
    for model in models:
        row, mean = variants.index(model.variant), model.correlation
        axes.plot([mean.low, mean.high], [row, row], color=BLUE, linewidth=1.4)
        axes.plot(mean.estimate, row, "o", color=BLUE, markersize=5, label="here, with 95 % interval")
        for figure in model.published:
            axes.plot(
                figure.correlation,
                row,
                "D",
                color=ORANGE,
                markerfacecolor="white",
                markersize=5,
                label=f"paper: {figure.source}",
            )
