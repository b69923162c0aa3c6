"""Draw measured and predicted responses of a few neurons, for TensorBoard."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from sysid.metrics import correlation
from sysid.recording import Recording

if TYPE_CHECKING:
    from sysid.evaluation import TestPart

NEURONS = 4  # drawn: the best, the worst and two between
BINS = 300  # drawn at the most: 10 s at 30 Hz


def draw_responses(part: "TestPart", recording: Recording) -> Figure:
    """Draw the mean response and the prediction over the first test bins of four neurons."""
    scores = correlation(part.responses, part.prediction)
    order = np.argsort(np.where(np.isnan(scores), -2, scores))[::-1]
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(NEURONS, len(order))).round().astype(int))]
    figure = Figure(figsize=(9, 1.8 * len(chosen)))
    figure.subplots_adjust(left=0.08, right=0.98, top=0.94, bottom=0.1, hspace=0.7)
    responses = part.responses[:, :BINS, chosen]
    recorded = ~np.isnan(responses)
    count = recorded.sum(axis=0)
    total = np.where(recorded, responses, 0).sum(axis=0)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    panels = figure.subplots(len(chosen), squeeze=False)[:, 0]
    for axes, neuron, measured in zip(panels, chosen, mean.T, strict=True):
        axes.plot(measured, color="0.6", label="measured")
        axes.plot(part.prediction[:BINS, neuron], color="tab:red", linewidth=1, label="predicted")
        score = "no CC" if np.isnan(scores[neuron]) else f"CC {scores[neuron]:.2f}"
        axes.set_title(f"{recording.neurons[neuron].id}: {score}", fontsize=9)
        axes.set_ylabel("per bin", fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("test bin")
    axes.legend(fontsize=8, frameon=False, loc="upper right")
    return figure
