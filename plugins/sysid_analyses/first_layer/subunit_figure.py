"""Draw true subunits, and below each the kernel that matches it best."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sysid_analyses.first_layer.kernel_match import Matches

DRAWN = 8  # subunits at the most, one per column; the table has them all
COLOURS = "RdBu_r"
TRUE, LEARNED = "0.55", "tab:red"


def draw_matches(matches: Matches, lags_ms: Float[np.ndarray, " lag"]) -> Figure:
    """Draw subunit maps, best kernels where they lie in the frame, and both time courses.

    Maps and time courses have unit norm and one scale each. Where the cosine of the maps is negative, map
    and time course of the kernel are both turned over, which leaves the kernel as it is: time courses that
    are mirror images of one another then mean a kernel of the opposite polarity.

    Args:
        matches: from `match_kernels`.
        lags_ms: when each lag was on screen, counted from the bin: 0 or negative.
    """
    count = min(DRAWN, len(matches.spatial))
    figure = Figure(figsize=(2.2 + 1.3 * count, 6), layout="compressed")  # made for maps of fixed aspect
    figure.get_layout_engine().set(w_pad=0.06, h_pad=0.08)  # inches; room for labels at the edges
    axes = figure.subplots(3, count, squeeze=False, height_ratios=(1, 1, 0.8), sharey="row")
    subunits = range(count)
    placed = [place_kernel(matches, subunit) for subunit in subunits]
    limit = max(np.abs(matches.subunit_maps[:count]).max(), np.abs(placed).max())
    scale = Normalize(-limit, limit)  # white is zero
    for subunit in subunits:
        true_axes, kernel_axes, time_axes = axes[:, subunit]
        _draw_map(true_axes, matches.subunit_maps[subunit], scale)
        true_axes.set_title(f"subunit {subunit}", fontsize=9)
        _draw_map(kernel_axes, placed[subunit], scale)
        _draw_border(kernel_axes, matches, subunit)
        kernel = matches.best[subunit]
        kernel_axes.set_title(
            f"kernel {kernel}\n{_cosine(abs(matches.spatial[subunit, kernel]))}", fontsize=9
        )
        _draw_times(time_axes, matches, subunit, lags_ms)
    labels = (
        ("subunit\nrow (px)", "column (px)"),
        ("best kernel\nrow (px)", "column (px)"),
        ("time course\n(unit norm)", "time from the\nbin (ms)"),
    )
    for row, (vertical, horizontal) in enumerate(labels):
        axes[row, 0].set_ylabel(vertical, fontsize=9)
        axes[row, 0].set_xlabel(horizontal, fontsize=9)
    legend = axes[2, -1].legend(
        fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=1
    )
    legend.set_in_layout(False)  # it has room below the colour bar
    bar = figure.colorbar(ScalarMappable(scale, COLOURS), ax=axes[:2], shrink=0.7, pad=0.01)
    bar.set_label("weight (map of unit norm)", fontsize=9)
    bar.ax.tick_params(labelsize=8)
    if count < len(matches.spatial):
        figure.suptitle(f"the first {count} of {len(matches.spatial)} subunits", fontsize=9)
    return figure


def place_kernel(matches: Matches, subunit: int) -> Float[np.ndarray, "height width"]:
    """Return the map of a subunit's best kernel in the frame, with the sign that fits the subunit's map."""
    kernel = matches.best[subunit]
    row, column = matches.offset[subunit, kernel]
    height, width = matches.kernel_maps.shape[1:]
    frame = np.zeros_like(matches.subunit_maps[subunit])
    frame[row : row + height, column : column + width] = matches.kernel_maps[kernel]
    return frame * _sign(matches, subunit)


def _sign(matches: Matches, subunit: int) -> float:
    return -1.0 if matches.spatial[subunit, matches.best[subunit]] < 0 else 1.0


def _cosine(value: float) -> str:
    return f"cosine {value:.3f}".replace("-", "−")


def _draw_map(axes: Axes, image: Float[np.ndarray, "height width"], scale: Normalize) -> None:
    height, width = image.shape
    axes.imshow(image, norm=scale, cmap=COLOURS, interpolation="nearest")
    axes.set_xticks([0, width - 1])
    axes.set_yticks([0, height - 1])
    axes.tick_params(labelsize=8)


def _draw_border(axes: Axes, matches: Matches, subunit: int) -> None:
    """Draw how far the kernel reaches; outside it is zero because it ends there."""
    row, column = matches.offset[subunit, matches.best[subunit]]
    height, width = matches.kernel_maps.shape[1:]
    corner = (column - 0.5, row - 0.5)  # the middle of a pixel is a whole number
    axes.add_patch(Rectangle(corner, width, height, fill=False, edgecolor="0.4", linestyle="--", linewidth=1))


def _draw_times(axes: Axes, matches: Matches, subunit: int, lags_ms: Float[np.ndarray, " lag"]) -> None:
    kernel = matches.best[subunit]
    axes.axhline(0, color="0.85", linewidth=0.8)
    axes.plot(lags_ms, matches.subunit_times[subunit], color=TRUE, linewidth=2.5, label="subunit")
    learned = _sign(matches, subunit) * matches.kernel_times[kernel]
    axes.plot(lags_ms, learned, color=LEARNED, linewidth=1.2, label="kernel")
    axes.set_title(_cosine(_sign(matches, subunit) * matches.temporal[subunit, kernel]), fontsize=9)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
