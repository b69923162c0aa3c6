"""Draw tuning for the size of a disc and for the direction of a bar."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes
from matplotlib.ticker import NullFormatter, ScalarFormatter

from sysid_analyses.figure import FONT_PT, MODEL, NULL, SMALL_PT, make_figure, tidy
from sysid_analyses.physiology.cell import Cells
from sysid_analyses.physiology.outcome_summary import Outcomes
from sysid_analyses.physiology.protocols.protocol import Outcome

COLUMN_IN, ROW_IN = 1.75, 2.0


def draw_tuning(outcomes: Outcomes, cells: Cells, chosen: Sequence[int]) -> Figure:
    """Draw a column for each chosen cell: discs above, directions below, whichever were shown."""
    rows = [name for name in ("spot_size", "moving_bar") if name in outcomes and outcomes[name].arrays]
    figure = make_figure(0.6 + COLUMN_IN * len(chosen), 0.3 + ROW_IN * len(rows))
    for row, name in enumerate(rows):
        for column, number in enumerate(chosen):
            place = (len(rows), len(chosen), row * len(chosen) + column + 1)
            if name == "spot_size":
                axes = figure.add_subplot(*place)
                _draw_sizes(axes, outcomes[name], number)
                if column == 0:
                    axes.set_ylabel("response above grey", fontsize=FONT_PT)
            else:
                axes = figure.add_subplot(*place, projection="polar")
                _draw_directions(axes, outcomes[name], number)
            if row == 0:
                axes.set_title(cells.neuron[number], fontsize=FONT_PT)
    return figure


def _draw_sizes(axes: Axes, outcome: Outcome, number: int) -> None:
    diameters, tuning = outcome.arrays["diameter_px"], outcome.arrays["tuning"][:, number]
    axes.plot(diameters, tuning, color=MODEL, marker="o", markersize=3, linewidth=1.2)
    preferred = outcome.indices["preferred_diameter_px"][number]
    if np.isfinite(preferred):
        axes.axvline(preferred, color=NULL, linewidth=0.9, linestyle="--")
        suppression = outcome.indices["surround_suppression"][number]
        axes.text(
            0.97, 0.05, f"s = {suppression:.2f}", transform=axes.transAxes, fontsize=SMALL_PT, ha="right"
        )
    axes.set_xscale("log")
    shown = (
        [diameters[0], preferred, diameters[-1]] if np.isfinite(preferred) else [diameters[0], diameters[-1]]
    )
    axes.set_xticks(np.unique(shown))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(bottom=0)
    axes.locator_params(axis="y", nbins=4)
    tidy(axes, x="diameter (px)")


def _draw_directions(axes: PolarAxes, outcome: Outcome, number: int) -> None:
    angle = np.radians(outcome.arrays["direction_deg"])
    tuning = outcome.arrays["direction_tuning"][:, number]
    axes.plot(
        np.append(angle, angle[0]),
        np.append(tuning, tuning[0]),
        color=MODEL,
        marker="o",
        markersize=2.5,
        linewidth=1.2,
    )
    largest = tuning.max() if np.isfinite(tuning).all() and tuning.max() > 0 else 1.0
    preferred = outcome.indices["preferred_direction_deg"][number]
    selectivity = outcome.indices["direction_selectivity"][number]
    if np.isfinite(preferred):
        axes.plot(np.radians([preferred, preferred]), [0, selectivity * largest], color=NULL, linewidth=1.5)
    axes.set_ylim(0, largest * 1.05)
    axes.set_xticks(np.radians([0, 90, 180, 270]))
    axes.set_yticks([largest], [""])
    axes.tick_params(labelsize=SMALL_PT, pad=0)
    shown = f"{selectivity:.2f}" if np.isfinite(selectivity) else "none"
    axes.set_xlabel(f"selectivity {shown}", fontsize=SMALL_PT)
