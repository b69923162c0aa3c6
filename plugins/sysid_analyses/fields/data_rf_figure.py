"""Draw the receptive fields of the data: maps with their ellipses, the mosaic, and time courses."""

import math

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sysid_analyses.fields.data_rf_result import DataFields
from sysid_analyses.figure import (
    BLACK,
    BLUE,
    FONT_PT,
    GREEN,
    ORANGE,
    SIGNED,
    SMALL_PT,
    make_figure,
    tidy,
)
from sysid_analyses.wording import counted

DRAWN = 24  # maps in one figure; the table has all cells
COLUMNS = 6
ON_STYLE, OFF_STYLE = {"color": ORANGE, "linestyle": "-"}, {"color": BLUE, "linestyle": "--"}


def draw_maps(data: DataFields) -> Figure:
    """Draw the maps of the most significant cells as one picture of tiles, ON red and OFF blue.

    Each map is divided by its largest |value|. Cells are in order of significance, then of the statistic.
    """
    order = rank_cells(data)
    shown = order[:DRAWN]
    height, width = data.filters.shape[1:3]
    columns = min(COLUMNS, max(1, len(shown)))
    rows = max(1, math.ceil(len(shown) / columns))
    gap_x, gap_y = max(1, round(0.1 * width)), max(2, round(0.3 * height))
    board = np.full((rows * (height + gap_y), columns * (width + gap_x) - gap_x), np.nan)
    tile_in = 1.15
    figure = make_figure(1.2 + tile_in * columns * 1.1, 0.5 + tile_in * rows * 1.3 * height / width)
    axes = figure.subplots()
    for place, number in enumerate(shown):
        row, column = divmod(place, columns)
        left, top = column * (width + gap_x), row * (height + gap_y) + gap_y
        board[top : top + height, left : left + width] = signed_map(data, number)
        _annotate(axes, data, number, left, top)
    scale = Normalize(-1, 1)
    axes.imshow(board, norm=scale, cmap=SIGNED, interpolation="nearest")
    axes.set_xlim(-1, board.shape[1])
    axes.set_ylim(board.shape[0], -0.5)
    axes.axis("off")
    bar = figure.colorbar(ScalarMappable(scale, SIGNED), ax=axes, shrink=min(1.0, 2.4 / (rows * tile_in)))
    bar.set_label("weight / largest |weight|", fontsize=FONT_PT)
    bar.ax.tick_params(labelsize=SMALL_PT)
    axes.set_title(_title(data, len(shown)), fontsize=FONT_PT)
    return figure


def draw_mosaic(data: DataFields) -> Figure:
    """Draw the ellipses of all fields that were found over the frame and, for several lags, time courses."""
    timed = len(data.filters) > 1
    figure = make_figure(8.4 if timed else 4.2, 3.9)
    mosaic, *rest = figure.subplots(1, 2 if timed else 1, squeeze=False)[0]
    _draw_ellipses(mosaic, data)
    for times in rest:
        _draw_times(times, data)
    handles = [
        Line2D([], [], linewidth=1.2, label=name, **style)
        for name, style in (("ON", ON_STYLE), ("OFF", OFF_STYLE))
    ]
    figure.legend(handles=handles, fontsize=SMALL_PT, frameon=False, loc="outside lower center", ncols=2)
    return figure


def _draw_ellipses(axes: Axes, data: DataFields) -> None:
    height, width = data.filters.shape[1:3]
    for number in np.flatnonzero(data.found).tolist():
        axes.plot(*data.fields[number].fit.ellipse(1.0), linewidth=1, **_style(data, number))
    axes.set_aspect("equal")
    axes.set_xlim(-0.5, width - 0.5)
    axes.set_ylim(height - 0.5, -0.5)
    tidy(
        axes, "x (px)", "y (px)", f"1 σ ellipses of {data.found.sum()} of {counted(len(data.fields), 'cell')}"
    )
    axes.spines[["top", "right"]].set_visible(True)  # the border of the stimulus


def _draw_times(axes: Axes, data: DataFields) -> None:
    lags_ms = -1000 * np.arange(len(data.filters)) / data.recording.frame_rate_hz
    axes.axhline(0, color="0.85", linewidth=0.8)
    for number in np.flatnonzero(data.found).tolist():
        axes.plot(lags_ms, data.fields[number].temporal, linewidth=0.9, alpha=0.8, **_style(data, number))
    tidy(axes, "time from the bin (ms)", "time course (unit norm)", "time courses of the same cells")


def _style(data: DataFields, number: int) -> dict[str, str]:
    return ON_STYLE if data.fields[number].polarity > 0 else OFF_STYLE


def rank_cells(data: DataFields) -> list[int]:
    """Return the cells that have a map, the most significant first."""
    statistic = np.nan_to_num(data.test.statistic, nan=-1.0)
    order = np.lexsort((-statistic, np.nan_to_num(data.test.p, nan=2.0)))
    return [int(number) for number in order if np.isfinite(data.fields[number].spatial).all()]


def signed_map(data: DataFields, number: int) -> Float[np.ndarray, "height width"]:
    """Return a map over its largest |value|, positive where more light drives the cell's first peak."""
    field = data.fields[number]
    return np.nan_to_num(field.polarity, nan=1.0) * field.spatial / np.abs(field.spatial).max()


def _annotate(axes: Axes, data: DataFields, number: int, left: int, top: int) -> None:
    """Write a cell's name over its tile, and draw its ellipses and known centre, cut off at the tile."""
    height, width = data.filters.shape[1:3]
    name = data.recording.neurons[number].id
    axes.text(
        left + (width - 1) / 2,
        top - 0.5 - 0.03 * height,
        name if data.significant[number] else f"{name} (n.s.)",
        fontsize=SMALL_PT - 1,
        ha="center",
        va="bottom",
    )
    corner = np.array([[left], [top]])
    if data.fields[number].fit.found:
        for sigmas, line in ((1.0, "-"), (2.0, ":")):
            x, y = data.fields[number].fit.ellipse(sigmas)
            inside = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
            x, y = np.where(inside, [x, y], np.nan) + corner
            axes.plot(x, y, line, color=BLACK, linewidth=0.9)
    known = data.true_centres[number]
    if np.isnan(known).any():
        known = data.known_centres[number]
    if (known > -0.5).all() and known[0] < width - 0.5 and known[1] < height - 0.5:
        axes.plot(known[0] + left, known[1] + top, "+", color=GREEN, markersize=6, markeredgewidth=1.2)


def _title(data: DataFields, shown: int) -> str:
    height, width = data.filters.shape[1:3]
    left_out = len(data.fields) - shown
    more = f"; the {shown} most significant, {left_out} left out" if left_out else ""
    return f"{data.label}\ntiles of {width} × {height} px{more}"
