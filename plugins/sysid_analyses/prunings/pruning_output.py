"""Write and draw pruning curves."""

from pathlib import Path

import attrs
import numpy as np

from sysid import Picture
from sysid_analyses.prunings.pruning_order import Orders
from sysid_analyses.prunings.pruning_score import Curve, Score
from sysid_analyses.table import write_table

COLUMNS = ("order", "draw", "kept", *(field.name for field in attrs.fields(Score)))


def write_curves(folder: Path, curves: list[Curve], orders: Orders) -> None:
    """Write `pruning.csv`, and `pruning.npz` with the orders and the mean CC along each."""
    rows = [
        (curve.order, curve.draw, kept, *attrs.astuple(score))
        for curve in curves
        for kept, score in zip(curve.counts, curve.scores, strict=True)
    ]
    write_table(folder / "pruning.csv", COLUMNS, rows)
    np.savez_compressed(
        folder / "pruning.npz",
        rank=np.array(orders.rank),
        draw=np.array(orders.draw),
        order=orders.kernels,
        counts=np.array(curves[0].counts),
        correlation=np.stack([curve.correlations for curve in curves]),
    )


def draw_pruning(folder: Path, curves: list[Curve], full: Score, kernels: int) -> tuple[Picture, ...]:
    """Draw the curves as `pruning`."""
    from sysid_analyses.figure import save_figure  # matplotlib is slow to import
    from sysid_analyses.prunings.pruning_figure import draw_curves

    save_figure(draw_curves(curves, full, kernels), folder / "pruning")
    caption = (
        "Performance on the test part against the number of first kernels kept, without training again; bars "
        "are 95 % intervals over blocks of time and cells, the band is from the least to the largest of the "
        "random orders, with their mean dashed. Where the curve of a ranking lies above the band, it tells "
        "which kernels matter."
    )
    return (Picture("pruning", caption, "Fig. 5B, Zheng et al. 2021"),)
