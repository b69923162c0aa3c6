"""Draw rates around an event: a flash left out, a bar that turns, a step in contrast."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sysid_analyses.figure import BLACK, DATA, FONT_PT, MODEL, NULL, SMALL_PT, make_figure, tidy
from sysid_analyses.physiology.cell import Cells
from sysid_analyses.physiology.outcome_summary import Outcomes
from sysid_analyses.physiology.probe import Probe
from sysid_analyses.physiology.protocols.protocol import Outcome

TITLES = {"omitted": "flashes left out", "reversal": "motion reversal", "contrast_step": "contrast step"}
COLUMN_IN, ROW_IN = 2.8, 1.2


def draw_events(outcomes: Outcomes, cells: Cells, chosen: Sequence[int], probe: Probe) -> Figure:
    """Draw a row for each chosen cell and a column for each protocol; time is 0 at the first event."""
    figure = make_figure(0.8 + COLUMN_IN * len(outcomes), 0.7 + ROW_IN * len(chosen))
    grid = figure.subplots(len(chosen), len(outcomes), squeeze=False, sharex="col")
    draw = {"omitted": _draw_omitted, "reversal": _draw_reversal, "contrast_step": _draw_contrast}
    for column, (name, outcome) in enumerate(outcomes.items()):
        for row, number in enumerate(chosen):
            axes = grid[row, column]
            draw[name](axes, outcome, number, probe)
            axes.locator_params(axis="y", nbins=3)
            tidy(axes, title=TITLES[name] if row == 0 else "")
        grid[-1, column].set_xlabel("time (ms)", fontsize=FONT_PT)
    for row, number in enumerate(chosen):
        grid[row, 0].set_ylabel(cells.neuron[number], fontsize=SMALL_PT)
    return figure


def _draw_omitted(axes: Axes, outcome: Outcome, number: int, probe: Probe) -> None:
    rates, period = outcome.arrays["omitted_rates"][:, number], int(outcome.arrays["omitted_period"])
    time_ms = probe.screen.frame_ms * (probe.lead + np.arange(len(rates)) - period)
    axes.plot(time_ms, rates, color=MODEL, linewidth=1.2)
    axes.axvline(0, color=NULL, linewidth=0.9)
    flashes = probe.screen.frame_ms * np.array([-period, len(rates) - 2 * period + probe.lead])
    axes.plot(flashes, np.full(2, rates.min()), linestyle="", marker=2, color=BLACK, markersize=5)


def _draw_reversal(axes: Axes, outcome: Outcome, number: int, probe: Probe) -> None:
    turned, on = outcome.arrays["reversal_rates"][:, :, number]
    time_ms = probe.screen.frame_ms * (probe.lead + 1 + np.arange(len(turned)) - len(turned) // 2)
    axes.plot(time_ms, on, color=DATA, linewidth=1.2)
    axes.plot(time_ms, turned, color=MODEL, linewidth=1.2)
    axes.axvline(0, color=NULL, linewidth=0.9)


def _draw_contrast(axes: Axes, outcome: Outcome, number: int, probe: Probe) -> None:
    rates = outcome.arrays["contrast_rates"][:, number]
    up, down = (int(outcome.arrays[f"contrast_{which}"]) for which in ("up", "down"))
    time_ms = probe.screen.frame_ms * (np.arange(len(rates)) - up)
    axes.plot(time_ms, rates, color=MODEL, linewidth=1.2)
    for event in (up, down):
        axes.axvline(probe.screen.frame_ms * (event - up), color=NULL, linewidth=0.9)
