"""Draw the complexity of movies: maps over the frame, space against time, and CC against complexity."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator

from sysid import Interval
from sysid_analyses.figure import CYCLE, FONT_PT, NULL, SMALL_PT, UNSIGNED, make_figure, tidy
from sysid_analyses.scenes.scene_measure import KINDS, Measured
from sysid_analyses.scenes.scene_relation import Related

DRAWN = 4  # movies at the most; tables and arrays have them all
CORRELATION_COLOURS = "cividis"  # another scale than complexity, told apart with any colour vision
LABEL = {"spatial": "spatial complexity", "temporal": "temporal complexity"}
MARKERS = {"spatial": "o", "temporal": "s"}


def draw_complexity_maps(measured: Sequence[Measured], related: Sequence[Related]) -> Figure:
    """Draw a row per movie: both maps on one scale, and the CC of the cells that look at each patch."""
    shown = measured[:DRAWN]
    cells = {id(each.measured): each for each in related}
    known = [cells[id(each)] for each in shown if id(each) in cells]
    columns = 3 if known else 2
    figure = make_figure(2.9 * columns, 2.5 * len(shown) + 0.3)
    axes = figure.subplots(len(shown), columns, squeeze=False)
    maps = [each.map(kind) for each in shown for kind in KINDS]
    scale = Normalize(min(each.min() for each in maps), max(each.max() for each in maps))
    scores = [each.patch_scores(each.best_variant) for each in known]
    score_scale = Normalize(*_range(scores))
    for row, each in zip(axes, shown, strict=True):
        for place, kind in zip(row, KINDS, strict=False):
            drawn = _draw_patches(place, each, each.map(kind), scale, UNSIGNED)
            place.set_title(f"{each.scene.label}\n{LABEL[kind]}", fontsize=FONT_PT)
        if known and id(each) in cells:
            of_scene = cells[id(each)]
            values = of_scene.patch_scores(of_scene.best_variant)
            of_cells = _draw_patches(row[2], each, values, score_scale, CORRELATION_COLOURS)
            row[2].set_facecolor("0.85")  # patches that no cell looks at
            row[2].set_title(f"mean CC of cells there\n{of_scene.best_variant}", fontsize=FONT_PT)
        elif known:
            row[2].set_axis_off()
    _add_bar(figure, drawn, axes[:, :2], "1 − mean SSIM")
    if known:
        _add_bar(figure, of_cells, axes[:, 2:], "mean CC (grey: no cell)")
    _say_left_out(figure, measured)
    return figure


def draw_complexity_scatter(measured: Sequence[Measured]) -> Figure:
    """Draw each patch as a dot, and the mean of each movie with its intervals."""
    figure = make_figure(4.6, 3.9)
    axes = figure.subplots()
    for each, colour in zip(measured[:DRAWN], CYCLE, strict=False):
        x, y = (each.map(kind).ravel() for kind in KINDS)
        axes.scatter(x, y, s=9, color=colour, alpha=0.35, linewidths=0)
    for each, colour in zip(measured[:DRAWN], CYCLE, strict=False):
        spatial, temporal = (each.mean[kind] for kind in KINDS)
        axes.errorbar(
            *(spatial.estimate, temporal.estimate, _arms(temporal), _arms(spatial)),
            fmt="o",
            color=colour,
            markeredgecolor="white",
            markersize=7,
            elinewidth=2,
            capsize=3,
            label=each.scene.label,
        )
    tidy(axes, "spatial complexity, 1 − mean SSIM", "temporal complexity, 1 − mean SSIM")
    axes.legend(fontsize=SMALL_PT, frameon=False, loc="upper left")
    _say_left_out(figure, measured)
    return figure


def draw_correlations(related: Sequence[Related]) -> Figure:
    """Draw a row per movie: CC of cells against both complexities, and ρ of every variant."""
    shown = related[:DRAWN]
    most = max(len(each.scores) for each in shown)
    figure = make_figure(9.2, max(2.4, 1.1 + 0.22 * most) * len(shown) + 0.3)
    axes = figure.subplots(len(shown), 3, squeeze=False, width_ratios=(1, 1, 1.2))
    for row, each in zip(axes, shown, strict=True):
        variant, scene = each.best_variant, each.measured.scene
        for place, kind, colour in zip(row, KINDS, CYCLE, strict=False):
            place.scatter(each.under[kind], each.scores[variant], s=14, color=colour, marker=MARKERS[kind])
            found = each.correlations[variant, kind]
            title = f"{scene.label}\n{variant}, ρ = {found.estimate:.2f}".replace("-", "−")
            tidy(place, f"{LABEL[kind]} under the field", "CC of the cell", title)
            place.xaxis.set_major_locator(MaxNLocator(4))
        _draw_forest(row[2], each)
    axes[0, 2].legend(fontsize=SMALL_PT, frameon=False, loc="lower left", bbox_to_anchor=(1.0, 0.0))
    if len(related) > len(shown):
        figure.suptitle(f"the first {len(shown)} of {len(related)} movies", fontsize=FONT_PT)
    return figure


def _draw_forest(axes: Axes, related: Related) -> None:
    """Draw ρ of every variant with its interval, one line each, space above time."""
    axes.axvline(0, color=NULL, linewidth=1, zorder=0)
    heights = np.arange(len(related.scores), dtype=float)[::-1]
    for kind, colour, shift in zip(KINDS, CYCLE, (0.15, -0.15), strict=False):
        for variant, height in zip(related.scores, heights, strict=True):
            found = related.correlations[variant, kind]
            axes.errorbar(
                *(found.estimate, height + shift, None, _arms(found)),
                fmt=MARKERS[kind],
                color=colour,
                markersize=4,
                elinewidth=1.2,
                label=kind if height == 0 else None,
            )
    axes.set_yticks(heights, list(related.scores))
    axes.set_ylim(-0.6, len(heights) - 0.4)
    axes.set_xlim(-1, 1)
    tidy(axes, "Spearman's ρ of CC with complexity", title=f"{related.measured.scene.label}\nall variants")


def _arms(interval: Interval) -> Float[np.ndarray, "2 1"]:
    """Return how far an interval reaches below and above its estimate; 0 where there is none."""
    low, high = interval.estimate - interval.low, interval.high - interval.estimate
    return np.maximum(0, np.nan_to_num([[low], [high]]))  # a percentile interval need not hold its estimate


def _draw_patches(
    axes: Axes, measured: Measured, values: Float[np.ndarray, "row column"], scale: Normalize, colours: str
) -> AxesImage:
    """Draw one value per patch where the patches lie in the frame."""
    height, width = measured.scene.frame_px
    rows, columns = values.shape
    ends = (-0.5, columns * measured.patch_px - 0.5, rows * measured.patch_px - 0.5, -0.5)
    drawn = axes.imshow(values, norm=scale, cmap=colours, interpolation="nearest", extent=ends)
    axes.set_xlim(-0.5, width - 0.5)
    axes.set_ylim(height - 0.5, -0.5)
    axes.set_xticks([0, width - 1])
    axes.set_yticks([0, height - 1])
    axes.tick_params(labelsize=SMALL_PT)
    axes.set_xlabel("x (px)", fontsize=SMALL_PT, labelpad=-6)
    axes.set_ylabel("y (px)", fontsize=SMALL_PT, labelpad=-10)
    return drawn


def _range(maps: Sequence[Float[np.ndarray, "_ _"]]) -> tuple[float, float]:
    """Return the lowest and highest value that is not NaN."""
    known = [each[np.isfinite(each)] for each in maps]
    known = [each for each in known if each.size]
    if not known:
        return 0.0, 1.0
    return float(min(each.min() for each in known)), float(max(each.max() for each in known))


def _add_bar(figure: Figure, drawn: AxesImage, axes: np.ndarray, label: str) -> None:
    bar = figure.colorbar(drawn, ax=axes.ravel().tolist(), shrink=0.8, pad=0.02)
    bar.set_label(label, fontsize=FONT_PT)
    bar.ax.tick_params(labelsize=SMALL_PT)


def _say_left_out(figure: Figure, measured: Sequence[Measured]) -> None:
    if len(measured) > DRAWN:
        figure.suptitle(f"the first {DRAWN} of {len(measured)} movies", fontsize=FONT_PT)
