"""Draw rasters and rates of cells, recorded above predicted."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sysid_analyses.bin_layout import BinLayout
from sysid_analyses.figure import DATA, FONT_PT, MODEL, SMALL_PT, make_figure, tidy
from sysid_analyses.traces.example_cell import Example
from sysid_analyses.traces.spike_raster import place_spikes

WIDTH_IN = 9.0
RASTER_IN, RATE_IN = 1.3, 1.1  # heights, titles and labels included
BETWEEN = 2  # empty rows between recorded and drawn trials
LABELS = 10  # stretches whose time is written, at the most
GAP = "0.9"


def draw_responses(examples: list[Example], titles: list[str]) -> Figure:
    """Draw, cell below cell, the spikes of all trials and the rates; without spikes, the rates alone."""
    heights: list[float] = []
    for each in examples:
        heights += [RATE_IN] if each.trials is None else [RASTER_IN, RATE_IN]
    figure = make_figure(WIDTH_IN, sum(heights) + 0.5)
    axes = iter(figure.subplots(len(heights), squeeze=False, height_ratios=heights)[:, 0])
    for example, title in zip(examples, titles, strict=True):
        raster = None
        if example.trials is not None:
            raster = next(axes)
            _draw_raster(raster, example)
        rate = next(axes)
        _draw_rate(rate, example)
        (raster or rate).set_title(title, fontsize=FONT_PT, loc="left")
    rate.set_xlabel("time in the presentation (s)", fontsize=FONT_PT)
    rate.legend(fontsize=SMALL_PT, frameon=False, loc="upper left", bbox_to_anchor=(1, 1), handlelength=1)
    return figure


def _draw_raster(axes: Axes, example: Example) -> None:
    repeats = len(example.trials)
    below = repeats + BETWEEN  # first row of the drawn trials, counted from above
    for counts, first, colour in ((example.trials, 0, DATA), (example.drawn, below, MODEL)):
        _draw_spikes(axes, counts, example.layout, first, colour)
    axes.set_ylim(below + repeats + 0.5, -0.5)
    axes.set_yticks([repeats / 2, below + repeats / 2], ["data", "model"])
    tidy(axes)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelbottom=False)
    axes.set_ylabel(f"{repeats} trials", fontsize=FONT_PT)
    _mark_time(axes, example.layout)


def _draw_spikes(
    axes: Axes, counts: Float[np.ndarray, "repeat bin"], layout: BinLayout, first: int, colour: str
) -> None:
    """Draw all spikes as one line with breaks, and as pixels in the SVG: thousands of marks are slow."""
    time, row = place_spikes(counts, layout.left, layout.width)
    x = np.stack([time, time, np.full_like(time, np.nan)], axis=1).ravel()
    y = np.stack([first + row, first + row + 0.9, np.full_like(time, np.nan)], axis=1).ravel()
    axes.plot(x, y, color=colour, linewidth=0.8, solid_capstyle="butt", rasterized=True)


def _draw_rate(axes: Axes, example: Example) -> None:
    axes.plot(*example.layout.steps(example.data), color=DATA, linewidth=1.6, label="data")
    axes.plot(*example.layout.steps(example.model), color=MODEL, linewidth=1, label="model")
    tidy(axes, y=f"rate ({example.unit})" if example.unit == "Hz" else f"response\n({example.unit})")
    _mark_time(axes, example.layout)


def _mark_time(axes: Axes, layout: BinLayout) -> None:
    """Shade gaps, and write when the stretches began; along a single stretch, the time runs on."""
    end = float(layout.left[-1] + layout.width[-1])
    for start, stop in layout.gaps:
        axes.axvspan(start, stop, color=GAP, linewidth=0)
    axes.set_xlim(0, end)
    if len(layout.begin) == 1:
        begin = float(layout.time_s[0])
        ticks = np.arange(np.ceil(begin), begin + end + 1e-9)
        ticks = ticks[:: max(1, len(ticks) // LABELS)] if len(ticks) > 1 else np.array([begin, begin + end])
        axes.set_xticks(ticks - begin, [f"{tick:.4g}" for tick in ticks])
        return
    shown = slice(None, None, -(-len(layout.begin) // LABELS))
    axes.set_xticks(layout.left[layout.begin][shown], [f"{time:.2f}" for time in layout.time_s[shown]])
