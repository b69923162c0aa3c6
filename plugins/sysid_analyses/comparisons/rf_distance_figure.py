"""Draw how far the models' receptive fields are from the data's and from one another's."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sysid import Picture
from sysid_analyses.comparisons.dataset_comparison import DatasetComparison
from sysid_analyses.figure import BLUE, FONT_PT, SMALL_PT, UNSIGNED, make_figure, tidy

PICTURE = Picture(
    "rf_distances",
    "Left: distance (1 − cosine of the fitted Gaussians) of a model's receptive field from that of the data, "
    "one dot per cell in which both were found; the bar is the mean. Right: mean distance of the models' "
    "fields from one another; white is not known. 0 is alike, 1 apart; polarity is not in it.",
    "Fig. 4C and 7D, Zheng et al. 2021",
)
SPREAD = 0.28  # of a row, that dots are moved apart by


def draw_distances(compared: Sequence[DatasetComparison]) -> Figure:
    """Draw a row of two panels for each dataset that has distances."""
    known = [each for each in compared if each.has_distances]
    most = max(len(each.from_data) for each in known)
    side = max(1.6, 0.28 * most)
    figure = make_figure(3.6 + 2.2 * side, (side + 1.4) * len(known))
    axes = figure.subplots(len(known), 2, squeeze=False, width_ratios=(1.0, 1.0))
    limit = max([0.1, *(pair.mean for each in known for pair in each.between)])
    for row, each in zip(axes, known, strict=True):
        _draw_from_data(row[0], each)
        _draw_between(row[1], each, limit)
    return figure


def _draw_from_data(axes: Axes, compared: DatasetComparison) -> None:
    variants = list(compared.from_data)
    for row, found in enumerate(compared.from_data.values()):
        values = np.array(sorted(found.distances.values()))
        moved = SPREAD * np.cos(2.4 * np.arange(len(values)))  # apart, and the same every time
        axes.plot(values, row + moved, "o", color=BLUE, markersize=3, alpha=0.6, markeredgewidth=0)
        if len(values):
            axes.plot([values.mean()] * 2, [row - 0.4, row + 0.4], color="black", linewidth=1.8)
        else:
            axes.text(0.5, row, "no such cell", ha="center", va="center", fontsize=SMALL_PT, color="0.4")
    axes.set(xlim=(-0.03, 1.03), ylim=(len(variants) - 0.4, -0.6))
    axes.set_yticks(range(len(variants)), variants)
    tidy(axes, "RF distance, model from data", title=compared.dataset)


def _draw_between(axes: Axes, compared: DatasetComparison, limit: float) -> None:
    variants = list(compared.from_data)
    values = np.full((len(variants), len(variants)), np.nan)
    for each in compared.between:
        a, b = variants.index(each.a), variants.index(each.b)
        values[a, b] = values[b, a] = each.mean
    drawn = axes.imshow(values, cmap=UNSIGNED, vmin=0, vmax=limit)
    for (a, b), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "black" if value > 0.6 * limit else "white"
            axes.text(b, a, f"{value:.2f}", ha="center", va="center", fontsize=6.5, color=colour)
    axes.set_xticks(range(len(variants)), variants, rotation=90)
    axes.set_yticks(range(len(variants)), variants)
    axes.tick_params(labelsize=SMALL_PT)
    axes.set_title(f"{compared.dataset}, between models", fontsize=FONT_PT)
    bar = axes.figure.colorbar(drawn, ax=axes, shrink=0.8)
    bar.set_label("mean RF distance", fontsize=FONT_PT)
    bar.ax.tick_params(labelsize=SMALL_PT)
