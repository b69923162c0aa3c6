"""Draw a score against its nulls."""

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sysid_analyses.figure import BLACK, FONT_PT, GREEN, MODEL, NULL, SMALL_PT, make_figure, tidy
from sysid_analyses.nulls.null_statement import Nulls, warn_of_nulls
from sysid_analyses.nulls.session_null import SessionNull

WIDTH_IN, HEIGHT_IN = 9.0, 4.0
TITLE_LETTERS = 110
DRIFT, REFIT = BLACK, GREEN


def draw_nulls(nulls: Nulls, sessions: list[SessionNull], title: str) -> Figure:
    """Draw the null distribution of the mean CC with the score as a line, and every cell against its null.

    The title is red where a null scores, or the score is not beyond chance.
    """
    figure = make_figure(WIDTH_IN, HEIGHT_IN)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.3))
    _draw_means(left, nulls)
    _draw_cells(right, sessions)
    colour = NULL if warn_of_nulls(nulls) else BLACK
    figure.suptitle(textwrap.fill(title, TITLE_LETTERS), fontsize=FONT_PT, color=colour)
    return figure


def _draw_means(axes: Axes, nulls: Nulls) -> None:
    drawn = [nulls.correlation, nulls.drift, *nulls.shuffled, *nulls.refitted]
    bins = np.linspace(min(drawn), max(drawn), 41) if max(drawn) > min(drawn) else 10
    if len(nulls.shuffled):
        label = f"{len(nulls.shuffled)} other pairings"
        axes.hist(nulls.shuffled, bins, color=NULL, alpha=0.6, label=label)
    for number, score in enumerate(nulls.refitted):
        label = f"{len(nulls.refitted)} refits on shifted responses" if number == 0 else None
        axes.plot([score, score], [0, 0.06], transform=axes.get_xaxis_transform(), color=REFIT, label=label)
    axes.axvline(nulls.drift, color=DRIFT, linestyle="--", label="drift alone")
    axes.axvline(nulls.correlation, color=MODEL, linewidth=2, label="model, true responses")
    tidy(axes, "CC, mean over cells", "pairings")
    _add_legend(axes, columns=2)


def _draw_cells(axes: Axes, sessions: list[SessionNull]) -> None:
    """Draw cells in the order of their CC."""
    scorable = np.concatenate([each.scorable for each in sessions])
    score = np.concatenate([each.correlation for each in sessions])[scorable]
    drift = np.concatenate([each.drift_correlation for each in sessions])[scorable]
    ranges = [_cell_range(each) for each in sessions]
    low, high = (np.concatenate([each[side] for each in ranges])[scorable] for side in (0, 1))
    order = np.argsort(-np.nan_to_num(score))
    rank = np.arange(1, len(order) + 1)
    axes.axhline(0, color="0.8", linewidth=0.8)
    axes.vlines(rank, low[order], high[order], color=NULL, alpha=0.6, linewidth=2, label="95 % of pairings")
    if np.isfinite(drift).any():
        axes.plot(rank, drift[order], "x", color=DRIFT, markersize=4, label="drift alone")
    axes.plot(rank, score[order], "o", color=MODEL, markersize=3.5, label="model")
    tidy(axes, "cell, in the order of CC", "CC")
    _add_legend(axes, columns=3)


def _add_legend(axes: Axes, columns: int) -> None:
    """Put the legend above the axes, where it hides nothing."""
    axes.legend(
        fontsize=SMALL_PT,
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderpad=0,
        ncols=columns,
        columnspacing=1,
    )


def _cell_range(session: SessionNull) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % range of every cell's shuffled CCs; NaN where there are none."""
    if not len(session.shuffled):
        nothing = np.full(len(session.scorable), np.nan)
        return nothing, nothing
    low, high = np.percentile(np.nan_to_num(session.shuffled), (2.5, 97.5), axis=0)
    return low, high
