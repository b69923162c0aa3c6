"""Relate what models predict of each cell to how complex the movie is under its receptive field."""

import attrs
import numpy as np
from jaxtyping import Float64

from sysid import Interval
from sysid_analyses.scenes.cell_score import CellScores
from sysid_analyses.scenes.field_overlap import field_overlap, patch_scores
from sysid_analyses.scenes.rank_correlation import rank_correlation
from sysid_analyses.scenes.scene import NoScene
from sysid_analyses.scenes.scene_measure import KINDS, Kind, Measured

LEAST_PATCHES = 9  # with fewer, most fields lie in the same patches


@attrs.frozen(eq=False)
class Related:
    """Hold the cells of one scene.

    Attributes:
        measured: the scene.
        cells: ids of those whose receptive field lies in the patches.
        overlaps: (cell, row, column), the share of each field that lies in each patch.
        under: of each kind, (cell,), complexity averaged over the field.
        scores: variant → (cell,), mean CC; NaN where there is none.
        correlations: (variant, kind) → Spearman's ρ of `scores` with `under`.
        from_outlines: whether fields are outlines rather than discs around a centre.
    """

    measured: Measured
    cells: tuple[str, ...]
    overlaps: Float64[np.ndarray, "cell row column"]
    under: dict[Kind, Float64[np.ndarray, " cell"]]
    scores: dict[str, Float64[np.ndarray, " cell"]]
    correlations: dict[tuple[str, Kind], Interval]
    from_outlines: bool

    @property
    def best_variant(self) -> str:
        """The variant with the highest mean CC over these cells."""
        return max(self.scores, key=lambda variant: mean_of_known(self.scores[variant]))

    def patch_scores(self, variant: str) -> Float64[np.ndarray, "row column"]:
        """Return the mean CC of the cells that look at each patch; NaN where none does."""
        return patch_scores(self.overlaps, self.scores[variant])


def relate_scene(
    measured: Measured, scores: dict[str, CellScores], *, radius_px: float | None, draws: int, seed: int
) -> Related | NoScene:
    """Return how cells and complexity go together, or why that cannot be asked of this scene.

    Args:
        measured: the scene.
        scores: variant → mean CC by cell.
        radius_px: of the disc around a centre without an outline; None = one patch.
        draws, seed: of the bootstrap over cells.
    """
    scene, patch_px = measured.scene, measured.patch_px
    rows, columns = measured.map("spatial").shape
    if rows * columns < LEAST_PATCHES:
        return NoScene(scene.label, f"{rows} × {columns} patches are too few to tell cells apart")
    radius_px = float(patch_px) if radius_px is None else radius_px
    known = {
        cell: field_overlap(field, scene.frame_px, patch_px, radius_px)
        for cell, field in scene.fields.items()
    }
    cells = tuple(cell for cell, overlap in known.items() if overlap.any())
    by_variant = {
        variant: np.array([of_cell.get(cell, np.nan) for cell in cells])
        for variant, of_cell in scores.items()
    }
    if not any(np.isfinite(values).any() for values in by_variant.values()):
        return NoScene(scene.label, "no receptive field of a scored cell is known")
    overlaps = np.stack([known[cell] for cell in cells])
    under = {kind: np.einsum("crk,rk->c", overlaps, measured.map(kind)) for kind in KINDS}
    correlations = {
        (variant, kind): rank_correlation(under[kind], values, draws=draws, seed=seed)
        for variant, values in by_variant.items()
        for kind in KINDS
    }
    outlined = all(scene.fields[cell].outline is not None for cell in cells)
    return Related(measured, cells, overlaps, under, by_variant, correlations, outlined)


def mean_of_known(values: Float64[np.ndarray, " cell"]) -> float:
    """Return the mean of what is not NaN; minus infinity where all is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else -np.inf
