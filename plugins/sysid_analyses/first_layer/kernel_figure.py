"""Draw many kernels in one picture, and their two indices against each other."""

import math
from collections.abc import Sequence

import attrs
import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sysid_analyses.figure import BLACK, FONT_PT, SIGNED, SMALL_PT, make_figure, tidy
from sysid_analyses.kernel import KernelSet

X_LABEL, Y_LABEL = "spatial autocorrelation (Moran's I)", "temporal regularity (peakedness)"
PANEL_IN = 4.3  # width of the maps, and of the time courses
GAP = 0.14  # between two tiles, in tiles


@attrs.frozen(eq=False)
class Cloud:
    """Say how one group of kernels is drawn in the plane of both indices.

    Attributes:
        label: for the legend.
        autocorrelation, regularity: (kernel,) each; a kernel without one of them is not drawn.
        colour, marker: of a dot.
        open: whether dots are rings, for what is only there to compare with.
    """

    label: str
    autocorrelation: Float[np.ndarray, " kernel"]
    regularity: Float[np.ndarray, " kernel"]
    colour: str
    marker: str = "o"
    open: bool = False


def draw_montage(
    kernels: KernelSet,
    order: Int[np.ndarray, " kernel"],
    scores: Float[np.ndarray, " kernel"],
    name: str,
    span: str,
) -> Figure:
    """Draw all maps, and beside them all time courses at the same places, row by row in this order.

    Every map and course is scaled to its own largest absolute value. A row's label is the score of its first
    kernel.

    Args:
        kernels: from `measure_kernels`.
        order: kernel numbers, the first goes to the upper left.
        scores: what they were sorted by.
        name: of the scores.
        span: from when to when a course goes, in words. Kernels of one lag have no course.
    """
    columns = math.ceil(math.sqrt(1.3 * len(order)))
    rows = math.ceil(len(order) / columns)
    panels = 2 if kernels.times.shape[1] > 1 else 1
    figure = make_figure(0.9 + PANEL_IN * panels, max(2.2, 0.7 + PANEL_IN * rows / columns))
    axes = figure.subplots(1, panels, squeeze=False, sharey=True)[0]
    image = lay_out_maps(kernels.maps[order], columns)
    high, wide = (1 + GAP) * np.array([rows, columns])
    axes[0].imshow(image, norm=Normalize(-1, 1), cmap=SIGNED, extent=(0, wide, high, 0), interpolation="none")
    axes[0].set_title("maps: red positive, blue negative", fontsize=FONT_PT)
    first_in_row = scores[order[::columns]]
    axes[0].set_yticks((1 + GAP) * np.arange(rows) + 0.5, [_number(each) for each in first_in_row])
    axes[0].set_ylabel(f"{name}\nof the row's first kernel", fontsize=FONT_PT)
    if panels == 2:
        draw_courses(axes[1], kernels.times[order], columns)
        axes[1].set_title(f"time courses, {span}", fontsize=FONT_PT)
    for each in axes:
        each.set(xticks=[], xlim=(0, wide), ylim=(high, 0), aspect="equal")
        each.tick_params(labelsize=SMALL_PT, length=0)
        each.spines[:].set_visible(False)
    return figure


def lay_out_maps(
    maps: Float[np.ndarray, "kernel row column"], columns: int
) -> Float[np.ndarray, "height width"]:
    """Return one image of all maps, each scaled to its largest |value|, with NaN between them.

    A tile is stretched to a square, and is as many pixels wide as makes `GAP` a whole number of them.
    """
    gap, size = 14, 100  # 14 / 100 = GAP
    rows = math.ceil(len(maps) / columns)
    image = np.full((rows * (size + gap), columns * (size + gap)), np.nan)
    row, column = (np.arange(size) * extent // size for extent in maps.shape[1:])
    for place, each in enumerate(maps):
        top, left = (size + gap) * (place // columns), (size + gap) * (place % columns)
        largest = np.abs(each).max()
        image[top : top + size, left : left + size] = (each / (largest or 1.0))[np.ix_(row, column)]
    return image


def draw_courses(axes: Axes, times: Float[np.ndarray, "kernel lag"], columns: int) -> None:
    """Draw every course into its tile, the newest lag on the right, with a line at zero."""
    place = np.arange(len(times))
    left, middle = (1 + GAP) * (place % columns), (1 + GAP) * (place // columns) + 0.5
    largest = np.abs(times).max(axis=1, keepdims=True)
    heights = middle[:, None] - 0.45 * times[:, ::-1] / np.where(largest > 0, largest, 1)  # y runs down
    across = left[:, None] + np.linspace(0, 1, times.shape[1])
    zero = [((x, y), (x + 1, y)) for x, y in zip(left, middle, strict=True)]
    axes.add_collection(LineCollection(zero, colors="0.8", linewidths=0.6))
    axes.add_collection(LineCollection(np.stack([across, heights], axis=2), colors=BLACK, linewidths=0.9))


def draw_clouds(axes: Axes, clouds: Sequence[Cloud], title: str = "") -> None:
    """Draw groups of kernels, the first lowest, in the plane of autocorrelation and regularity."""
    for cloud in clouds:
        axes.scatter(
            cloud.autocorrelation,
            cloud.regularity,
            s=16 if cloud.open else 24,
            marker=cloud.marker,
            facecolors="none" if cloud.open else cloud.colour,
            edgecolors=cloud.colour if cloud.open else "white",
            linewidths=0.6 if cloud.open else 0.4,
            alpha=0.6 if cloud.open else 0.9,
            label=cloud.label,
        )
    tidy(axes, X_LABEL, Y_LABEL, title)


def draw_scatter(clouds: Sequence[Cloud]) -> Figure:
    """Draw groups of kernels in the plane of both indices, with a legend."""
    figure = make_figure(6.2, 4.2)
    axes = figure.subplots()
    draw_clouds(axes, clouds)
    axes.legend(fontsize=SMALL_PT, frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1))
    return figure


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "−") if math.isfinite(value) else "none"
