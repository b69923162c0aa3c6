"""Draw the indices of all models' kernels, one panel per dataset."""

import math

import numpy as np
from matplotlib.figure import Figure

from sysid_analyses.figure import CYCLE, FONT_PT, NULL, SMALL_PT, TRUTH, make_figure
from sysid_analyses.first_layer.kernel_figure import X_LABEL, Cloud, draw_clouds
from sysid_analyses.first_layer.kernel_group import Group

COLOURS = tuple(colour for colour in CYCLE if colour not in (NULL, TRUTH))
MARKERS = (
    "o",
    "s",
    "D",
    "v",
    "P",
)  # as many as share no factor with the colours, so that no pair recurs soon
COLUMNS = 3


def draw_panels(groups: list[Group]) -> Figure:
    """Draw one panel per dataset with all variants, their untrained kernels and the true subunits."""
    datasets = list(dict.fromkeys(group.dataset for group in groups))
    variants = list(dict.fromkeys(group.variant for group in groups))
    rows = math.ceil(len(datasets) / COLUMNS)
    columns = math.ceil(len(datasets) / rows)
    figure = make_figure(1.8 + 3.2 * columns, 0.4 + 3.0 * rows)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    handles = {}
    for axes, dataset in zip(panels, datasets, strict=False):
        here = [group for group in groups if group.dataset == dataset]
        title = f"{dataset}, SIMULATED" if here[0].simulated else dataset
        draw_clouds(axes, _clouds(here, variants), title)
        axes.label_outer()
        if dataset in datasets[-columns:]:  # the lowest of its column, also where the last row is not full
            axes.xaxis.set_tick_params(labelbottom=True)
            axes.set_xlabel(X_LABEL, fontsize=FONT_PT)
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    for axes in panels[len(datasets) :]:
        axes.set_visible(False)
    figure.legend(
        handles.values(), handles.keys(), fontsize=SMALL_PT, frameon=False, loc="outside right upper"
    )
    return figure


def _clouds(groups: list[Group], variants: list[str]) -> list[Cloud]:
    """Return untrained kernels first, so that they lie lowest, then the learned ones, then the truth."""
    null = [
        np.concatenate([getattr(group.untrained, index) for group in groups])
        for index in ("autocorrelation", "regularity")
    ]
    clouds = [Cloud("untrained", *null, NULL, open=True)]
    for group in groups:
        number = variants.index(group.variant)
        style = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        clouds.append(
            Cloud(group.variant, group.pooled("autocorrelation"), group.pooled("regularity"), *style)
        )
    known = next((group.subunits for group in groups if group.subunits is not None), None)
    if known is not None:
        clouds.append(Cloud("true subunits", known.autocorrelation, known.regularity, TRUTH, "^"))
    return clouds
