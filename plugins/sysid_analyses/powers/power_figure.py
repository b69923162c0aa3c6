"""Draw which difference can be shown, and which one a longer recording would."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from sysid_analyses.figure import BLACK, DATA, MODEL, ORANGE, SMALL_PT, make_figure, tidy
from sysid_analyses.powers.detectable import detectable_difference
from sysid_analyses.powers.power_statement import Estimate
from sysid_analyses.wording import counted

WIDTH_IN, HEIGHT_IN = 9.0, 3.6
LEAST, MOST = 10.0, 1e4  # times as much recording that the curves reach to
CURVE_POINTS = 200


def draw_power(estimate: Estimate) -> Figure:
    """Draw the simulated, observed and detectable differences, and how the last falls with the length."""
    figure = make_figure(WIDTH_IN, HEIGHT_IN)
    left, right = figure.subplots(1, 2, width_ratios=(1.1, 1))
    _draw_differences(left, estimate)
    _draw_lengths(right, estimate)
    return figure


def _draw_differences(axes: Axes, estimate: Estimate) -> None:
    simulated, detectable = estimate.simulated, estimate.detectable
    axes.axvspan(-detectable, detectable, color="0.9", linewidth=0, label="too small to be shown")
    axes.axvline(0, color="0.6", linewidth=0.8)
    row = np.linspace(0.3, 0.7, len(simulated))
    axes.plot(simulated, row, "o", color=MODEL, markersize=5, label=counted(len(simulated), "simulation"))
    low, high = estimate.detectable_interval
    for sign in (-1, 1):
        label = "95 % interval by simulations" if sign > 0 else None
        axes.plot([sign * low, sign * high], [0.1, 0.1], color=DATA, linewidth=2, label=label)
    axes.axvline(estimate.observed, color=ORANGE, linewidth=2, label="observed")
    limit = 1.25 * max(np.abs(simulated).max(), abs(estimate.observed), 2 * detectable)
    axes.set_xlim(-limit, limit)  # with few simulations the interval of the edge runs off the axis
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    tidy(axes, f"difference in mean CC, {estimate.variant} − {estimate.against}")
    axes.legend(
        fontsize=SMALL_PT,
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderpad=0,
        ncols=2,
        columnspacing=1,
    )


def _draw_lengths(axes: Axes, estimate: Estimate) -> None:
    """Draw the detectable difference against how many times as much is recorded."""
    test, training = estimate.spreads
    finite = [each for each in (estimate.needs.test, estimate.needs.everything) if np.isfinite(each)]
    longest = min(MOST, max(LEAST, 3 * max(finite, default=1.0)))
    times = np.geomspace(1 / LEAST, longest, CURVE_POINTS)
    for label, colour, style, divided in (
        ("training and test", MODEL, "-", times),
        ("test part, or its repeats, alone", BLACK, "--", np.ones_like(times)),
    ):
        spreads = np.sqrt(test**2 / times + training**2 / divided)
        shown = [detectable_difference(spread, estimate.power, estimate.alpha) for spread in spreads]
        axes.plot(times, shown, style, color=colour, linewidth=1.6, label=label)
    if np.isfinite(estimate.bootstrap_error):
        label = "bootstrap, at best"
        axes.plot(times, estimate.by_bootstrap / np.sqrt(times), ":", color=DATA, linewidth=1.6, label=label)
    axes.axvline(1, color="0.6", linewidth=0.8)
    if estimate.observed:
        axes.axhline(abs(estimate.observed), color=ORANGE, linewidth=2)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _position: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
    power = f"{100 * estimate.power:g} % power"
    tidy(axes, "times as much recording (1 = this one)", f"CC difference shown\nwith {power}")
    axes.legend(
        fontsize=SMALL_PT, frameon=False, loc="lower left", bbox_to_anchor=(0, 1), borderpad=0, ncols=2
    )
