"""Draw the chirp and what cells answer to it."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from sysid_analyses.figure import BLACK, FONT_PT, MODEL, SMALL_PT, make_figure, tidy
from sysid_analyses.physiology.cell import Cells
from sysid_analyses.physiology.outcome_summary import Outcomes
from sysid_analyses.physiology.probe import Probe

WIDTH_IN, ROW_IN = 8.5, 0.75


def draw_chirp(outcomes: Outcomes, cells: Cells, chosen: Sequence[int], probe: Probe) -> Figure:
    """Draw luminance on top and the predicted rate of each chosen cell below, on its own scale."""
    arrays = outcomes["chirp"].arrays
    luminance, rates = arrays["chirp_luminance"], arrays["chirp_rates"]
    time_s = np.arange(len(luminance)) / probe.screen.frame_rate_hz
    figure = make_figure(WIDTH_IN, 0.8 + ROW_IN * (1 + len(chosen)))
    axes = figure.subplots(1 + len(chosen), sharex=True, squeeze=False)[:, 0]
    axes[0].step(time_s, luminance, where="post", color=BLACK, linewidth=0.8)
    axes[0].set_yticks([-1, 0, 1], ["dark", "grey", "bright"])
    tidy(axes[0])
    for axis, number in zip(axes[1:], chosen, strict=True):
        axis.step(time_s, rates[:, number], where="post", color=MODEL, linewidth=0.9)
        axis.axhline(probe.rest[number], color="0.7", linewidth=0.6, zorder=0)
        axis.set_ylabel(cells.neuron[number], fontsize=SMALL_PT, rotation=0, ha="right", va="center")
        index = outcomes["step"].indices["on_off_index"][number]
        shown = f"{index:+.2f}".replace("-", "−") if np.isfinite(index) else "none"
        axis.text(1.01, 0.5, shown, transform=axis.transAxes, fontsize=SMALL_PT, va="center")
        axis.locator_params(axis="y", nbins=3)
        tidy(axis)
    axes[-1].set_xlabel("time (s); rates are expected responses per bin", fontsize=FONT_PT)
    axes[-1].set_xlim(0, time_s[-1])
    return figure
