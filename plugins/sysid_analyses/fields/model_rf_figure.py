"""Draw where the receptive fields of data and model lie, how far they are apart, and how diverse they are."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sysid_analyses.fields.field_table import FieldSet
from sysid_analyses.figure import DATA, MODEL, SMALL_PT, make_figure, tidy
from sysid_analyses.wording import counted


def draw_population(fields: FieldSet) -> Figure:
    """Draw the ellipses of all cells, how far data and model are apart, and both latencies."""
    figure = make_figure(7.4, 2.9)
    mosaic, distance, latency = figure.subplots(1, 3, width_ratios=[1.1, 1, 1])
    _draw_mosaic(mosaic, fields)
    both = [
        (data, model, pair)
        for data, model, pair in zip(fields.data, fields.model, fields.pairs, strict=True)
        if data.found and model.found
    ]
    distances = [pair.rf_distance for *_, pair in both]
    distance.hist(distances, bins=np.linspace(0, 1, 21), color=MODEL)
    middle = f", median {np.median(distances):.2g}" if distances else ""
    tidy(distance, "RF distance, 1 − cosine", "cells", f"{counted(len(both), 'cell')} with both{middle}")
    distance.set_xlim(0, 1)
    distance.yaxis.get_major_locator().set_params(integer=True)
    at = np.array([[1000 * each.times.first_peak_latency for each in pair[:2]] for pair in both]).reshape(
        -1, 2
    )
    on = np.array([data.polarity > 0 for data, *_ in both], dtype=bool)
    ends = [0, max(1.15 * np.nanmax(at, initial=0), 1)]
    latency.plot(ends, ends, color="0.8", linewidth=0.8)
    latency.scatter(*at[on].T, s=16, color=MODEL, label="ON")
    latency.scatter(*at[~on].T, s=16, facecolor="none", edgecolor=MODEL, label="OFF")
    latency.set(xlim=ends, ylim=ends, aspect="equal")
    latency.legend(fontsize=SMALL_PT, frameon=False, loc="upper left", handletextpad=0.2)
    tidy(latency, "data (ms)", "model (ms)", "latency of the first peak")
    return figure


def _draw_mosaic(axes: Axes, fields: FieldSet) -> None:
    height, width = fields.model[0].spatial.shape
    handles = []
    for colour, which in ((DATA, "data"), (MODEL, "model")):
        found = fields.found(which)
        for style, sign in (("solid", 1), ("dashed", -1)):
            lines = [field.fit.ellipse(1.0).T for field in found if field.polarity == sign]
            axes.add_collection(LineCollection(lines, colors=colour, linestyles=style, linewidths=1.0))
        handles.append(Line2D([], [], color=colour, label=f"{which}, {counted(len(found), 'cell')}"))
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), aspect="equal")
    tidy(axes, "x (px)", "y (px)", "ellipses of 1 sd: ON solid, OFF dashed")
    axes.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.22),
        ncols=2,
        fontsize=SMALL_PT,
        frameon=False,
    )


def draw_indices(fields: FieldSet, cosines: dict[str, Float[np.ndarray, " pair"]]) -> Figure:
    """Draw both indices of all cells and the cosines of every two cells, of "model" and "data"."""
    figure = make_figure(6.4, 2.8)
    indices, diversity = figure.subplots(1, 2)
    for which, colour in (("data", DATA), ("model", MODEL)):
        found = fields.found(which)
        indices.scatter(
            [field.autocorrelation for field in found],
            [field.regularity for field in found],
            s=14,
            color=colour,
            label=f"{which}, {counted(len(found), 'cell')}",
        )
        if len(cosines[which]):
            weights = np.full(len(cosines[which]), 1 / len(cosines[which]))
            label = f"{which}, mean {cosines[which].mean():.2f}".replace("-", "−")
            diversity.hist(
                cosines[which],
                np.linspace(-1, 1, 41),
                weights=weights,
                histtype="step",
                color=colour,
                label=label,
            )
    tidy(indices, "spatial autocorrelation", "temporal regularity")
    tidy(diversity, "cosine of two cells' fields", "share of pairs of cells")
    indices.locator_params(nbins=5)
    above = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "ncols": 2, "handletextpad": 0.4}
    for axes in (indices, diversity):
        if axes.get_legend_handles_labels()[0]:  # fields of fewer than two cells are in no pair
            axes.legend(**above, fontsize=SMALL_PT, frameon=False)
    return figure
