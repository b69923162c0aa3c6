"""Draw one cell: its most exciting input, the best frames of the test part, and both in time."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sysid_mei.cell import Cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, GREY = "#0072B2", "0.35"


def draw_cell(cell: Cell, grey: float, time_ms: np.ndarray, stem: Path) -> None:
    """Write `<stem>.png` and `<stem>.svg`.

    Args:
        cell: with a most exciting input.
        grey: the pixel that is drawn white.
        time_ms: (time,), of every frame of a window before the bin that it predicts.
        stem: of the files.
    """
    from matplotlib.figure import Figure  # slow to import

    assert cell.mei is not None
    assert cell.natural is not None
    deviations = [window.mean(axis=1) - grey for window in (cell.mei, cell.natural)]  # time height width
    energy = np.square(deviations[0])
    frame = int(energy.sum(axis=(1, 2)).argmax())  # where most of it is; single pixels may be at their limit
    row, column = np.unravel_index(energy.sum(axis=0).argmax(), energy.shape[1:])
    figure = Figure(figsize=(7.2, 2.8), layout="constrained")
    figure.suptitle(f"{cell.session}, {cell.neuron}", fontsize=9)
    *maps, course = figure.subplots(1, 3)
    limit = max(float(np.abs(each[frame]).max()) for each in deviations) or 1.0
    when = f"{time_ms[frame]:.0f} ms".replace("-", "−")
    titles = (
        f"most exciting, {when}\n{cell.mei_rate:.3g} per bin",
        f"best of the test part, {when}\n{cell.natural_rate:.3g} per bin",
    )
    for axes, deviation, title in zip(maps, deviations, titles, strict=True):
        drawn = axes.imshow(deviation[frame], cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
        axes.plot(column, row, "+", color="black", markersize=5)
        axes.set_xticks([0, deviation.shape[2] - 1])
        axes.set_yticks([0, deviation.shape[1] - 1])
        _label(axes, title)
    bar = figure.colorbar(drawn, ax=maps, shrink=0.8)
    bar.set_label("pixel − mean pixel", fontsize=8)
    bar.ax.tick_params(labelsize=8)
    course.plot(time_ms, deviations[1][:, row, column], ".-", color=GREY, label="best of the test part")
    course.plot(time_ms, deviations[0][:, row, column], ".-", color=BLUE, label="most exciting")
    course.axhline(0, color="0.8", linewidth=0.8, zorder=0)
    course.spines[["top", "right"]].set_visible(False)
    figure.legend(fontsize=8, frameon=False, loc="outside lower right", ncols=2)
    _label(course, "the pixel marked +", "time before the bin (ms)", "pixel − mean pixel")
    figure.savefig(stem.with_suffix(".png"), dpi=150)
    figure.savefig(stem.with_suffix(".svg"))


def _label(axes: "Axes", title: str, x: str = "", y: str = "") -> None:
    axes.set_title(title, fontsize=8)
    axes.set_xlabel(x, fontsize=8)
    axes.set_ylabel(y, fontsize=8)
    axes.tick_params(labelsize=8)
