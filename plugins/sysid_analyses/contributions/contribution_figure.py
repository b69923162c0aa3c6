"""Draw the matrix of kernels and cells, with the kernels beside it."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sysid_analyses.contributions.contribution import NEARLY_ALL, Contributions, sort_matrix
from sysid_analyses.figure import (
    BLACK,
    BLUE,
    FONT_PT,
    NULL,
    SIGNED,
    SMALL_PT,
    make_figure,
    symmetric,
    tidy,
)
from sysid_analyses.first_layer.kernel_figure import draw_courses, lay_out_maps
from sysid_analyses.kernel import KernelSet, rank_kernels

ROW_IN = 0.38
NAMED = 24  # cells whose names are written


def draw_matrix(found: Contributions, kernels: KernelSet, neurons: tuple[str, ...], shown: int) -> Figure:
    """Draw the strongest `shown` kernels: maps, time courses, signed shares by cell, and shares added up."""
    order = rank_kernels(found.population_share)
    cells = sort_matrix(found.share, order)
    signed = found.share * np.sign(found.mean)
    figure = make_figure(9.0, 1.3 + ROW_IN * max(shown, 4))
    timed = kernels.times.shape[1] > 1
    widths = [1, 1, 9, 5] if timed else [1, 9, 5]
    axes = figure.subplots(1, len(widths), width_ratios=widths)
    _draw_kernels(axes[: 1 + timed], kernels, order[:shown])
    _draw_shares(axes[-2], signed[np.ix_(order[:shown], cells)], [neurons[cell] for cell in cells], figure)
    _draw_sum(axes[-1], found.population_share[order])
    return figure


def _draw_kernels(axes: np.ndarray, kernels: KernelSet, order: np.ndarray) -> None:
    """Draw the maps below one another, and their time courses beside them if they have any."""
    image = lay_out_maps(kernels.maps[order], 1)
    high = 1.14 * len(order)  # a tile and the gap below it
    axes[0].imshow(image, vmin=-1, vmax=1, cmap=SIGNED, extent=(0, 1.14, high, 0), interpolation="none")
    axes[0].set_title("map", fontsize=SMALL_PT)
    if len(axes) > 1:
        draw_courses(axes[1], kernels.times[order], 1)
        axes[1].set_title("time", fontsize=SMALL_PT)
    for each in axes:
        each.set(xticks=[], yticks=[], xlim=(0, 1.14), ylim=(high, 0), aspect="auto")
        each.spines[:].set_visible(False)
    axes[0].set_yticks(1.14 * np.arange(len(order)) + 0.5, [str(kernel) for kernel in order])
    axes[0].tick_params(labelsize=SMALL_PT, length=0)
    axes[0].set_ylabel("kernel, the strongest first", fontsize=FONT_PT)


def _draw_shares(axes: Axes, signed: np.ndarray, names: list[str], figure: Figure) -> None:
    scale = symmetric(100 * signed)
    drawn = axes.imshow(100 * signed, norm=scale, cmap=SIGNED, aspect="auto", interpolation="nearest")
    axes.set_yticks([])
    step = -(-len(names) // NAMED)
    places = np.arange(0, len(names), step)
    axes.set_xticks(places, [names[place] for place in places], rotation=90)
    axes.tick_params(labelsize=SMALL_PT, length=0)
    axes.set_xlabel("cell", fontsize=FONT_PT)
    bar = figure.colorbar(drawn, ax=axes, location="top", shrink=0.7, aspect=30)
    bar.set_label("share of the cell's response (%)", fontsize=FONT_PT)
    bar.ax.tick_params(labelsize=SMALL_PT)


def _draw_sum(axes: Axes, shares: np.ndarray) -> None:
    held = np.cumsum(shares)
    axes.plot(np.arange(1, len(held) + 1), 100 * held, color=BLUE, linewidth=1.4, marker="o", markersize=2)
    axes.axhline(100 * NEARLY_ALL, color=NULL, linewidth=0.9, linestyle="--")
    axes.axhline(0, color=BLACK, linewidth=0.6)
    axes.set_ylim(0, 102)
    axes.set_xlim(left=0)
    tidy(axes, x="kernels", y="share of all (%)")
