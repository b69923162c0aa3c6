"""Draw receptive fields of data and model beside one another, all in one picture."""

import numpy as np
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from sysid_analyses.fields.field import Field
from sysid_analyses.fields.field_table import FieldSet
from sysid_analyses.figure import DATA, FONT_PT, MODEL, SIGNED, SMALL_PT, make_figure

COLUMNS = 6  # cells beside one another
TRACE = 0.45  # half of a tile's height, for the largest value of a time course
ELLIPSES = ((DATA, 2.0), (MODEL, 1.0))  # colour and width of line: the model's lies on the data's
SIGMAS = 1.5  # drawn around a centre; Zheng et al. 2021 do not say how many theirs are


def draw_cells(fields: FieldSet, chosen: list[int], lags_ms: Float[np.ndarray, " lag"]) -> Figure:
    """Draw map and ellipse of data and model, and both time courses, of some cells, in one picture.

    `lags_ms` is the time before the bin of each lag, rising.
    """
    height, width = fields.model[0].spatial.shape
    gap, head = max(1, round(0.08 * width)), max(2, round(0.25 * height))
    columns = min(COLUMNS, len(chosen))
    bands = -(-len(chosen) // columns)
    band = head + 3 * height + 2 * gap  # a line of names, data, model, time courses
    image = np.full((bands * band, columns * (width + gap) - gap), np.nan)
    corners = [
        (number // columns * band + head, number % columns * (width + gap)) for number in range(len(chosen))
    ]
    figure = make_figure(1.15 * columns + 0.9, 1.15 * image.shape[0] / (width + gap) + 0.5)
    axes = figure.subplots()
    for number, (top, left) in zip(chosen, corners, strict=True):
        for row, field in enumerate((fields.data[number], fields.model[number])):
            start = top + row * (height + gap)
            image[start : start + height, left : left + width] = _scaled(field.spatial)
    axes.imshow(image, norm=Normalize(-1, 1), cmap=colormaps[SIGNED].with_extremes(bad="white"))
    axes.set(xlim=(-1, image.shape[1]), ylim=(image.shape[0], -0.5))  # room for the frames' lines
    tiles = [(top + row * (height + gap), left) for top, left in corners for row in range(3)]
    frames = [Rectangle((left - 0.5, top - 0.5), width, height) for top, left in tiles]
    axes.add_collection(PatchCollection(frames, facecolor="none", edgecolor="0.8", linewidth=0.6))
    for number, (top, left) in zip(chosen, corners, strict=True):
        label = f"{fields.neuron[number]}"
        axes.text(left, top - 0.5 - 0.04 * height, label, fontsize=SMALL_PT, va="bottom")
        for (colour, line), field in zip(ELLIPSES, (fields.data[number], fields.model[number]), strict=True):
            if field.found:
                x, y = field.fit.ellipse(SIGMAS)
                inside = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
                for row in range(2):
                    shown = np.where(inside, [left + x, top + row * (height + gap) + y], np.nan)
                    axes.plot(*shown, color=colour, linewidth=line)
        traces = ((DATA, fields.data[number]), (MODEL, fields.model[number]))
        _draw_traces(axes, traces, (left, top + 2 * (height + gap), width, height))
    _label_tiles(axes, corners[::columns], (width, height, gap), lags_ms)
    return figure


def _scaled(values: Float[np.ndarray, "*axes"]) -> Float[np.ndarray, "*axes"]:
    """Return a map or a time course over its own largest value; NaN where there is none."""
    return values / np.abs(values).max()


def _draw_traces(axes: Axes, traces: tuple[tuple[str, Field], ...], tile: tuple[int, int, int, int]) -> None:
    """Draw time courses into a tile (left, top, width, height), the bin itself at its right border."""
    left, top, width, height = tile
    middle = top + height / 2 - 0.5
    axes.plot([left - 0.5, left + width - 0.5], [middle, middle], color="0.85", linewidth=0.6)
    for colour, field in traces:
        if np.isfinite(field.temporal).all():
            lags = len(field.temporal)
            x = left + width - 0.5 - width * (np.arange(lags) + 0.5) / lags
            axes.plot(x, middle - TRACE * height * _scaled(field.temporal), color=colour, linewidth=1.3)


def _label_tiles(
    axes: Axes,
    corners: list[tuple[int, int]],
    tile: tuple[int, int, int],
    lags_ms: Float[np.ndarray, " lag"],
) -> None:
    """Say what the rows are and how long a time course is; the pixels of a map need no numbers."""
    width, height, gap = tile
    middles = [top + row * (height + gap) + height / 2 - 0.5 for top, _ in corners for row in range(3)]
    axes.set_yticks(middles, ["data", "model", "time course"] * len(corners), fontsize=SMALL_PT)
    lags = len(lags_ms)
    ends = [width - 0.5 - width * (lag + 0.5) / lags for lag in (lags - 1, 0)] if lags > 1 else []
    axes.set_xticks(ends, [f"{ms:.0f}" for ms in lags_ms[[-1, 0]]] if ends else [], fontsize=SMALL_PT)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(
        f"time before the bin (ms); maps {width} × {height} px, each over its own largest value",
        fontsize=FONT_PT,
    )
    handles = [
        Line2D([], [], color=colour, label=f"{name}: ellipse of {SIGMAS:g} sd, time course")
        for colour, name in ((DATA, "data"), (MODEL, "model"))
    ]
    axes.figure.legend(handles=handles, loc="outside upper center", ncols=2, fontsize=SMALL_PT, frameon=False)
